package server

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/productsupcom/cde/server/validate"
)

// metrics count what the log tells line by line.
type metrics struct {
	requests *prometheus.CounterVec // operation, status
	refusals *prometheus.CounterVec // operation, reason
	duration *prometheus.HistogramVec

	deprecated *deprecated
	served     map[string]operationMetrics
}

// operationMetrics are the series of one operation's good answers, looked up once.
type operationMetrics struct {
	served   prometheus.Counter
	duration prometheus.Observer
}

func newMetrics(registry *prometheus.Registry, validator *validate.Validator) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cde_requests_total", Help: "Requests answered, by operation and status.",
		}, []string{"operation", "status"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cde_refusals_total", Help: "Requests not served, by operation and reason.",
		}, []string{"operation", "reason"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "cde_request_duration_seconds", Help: "Time to answer, by operation.", Buckets: prometheus.ExponentialBuckets(0.00025, 4, 9),
		}, []string{"operation"}),
		deprecated: newDeprecated(),
		served:     map[string]operationMetrics{},
	}
	if err := errors.Join(registry.Register(m.deprecated.requests), registry.Register(m.requests), registry.Register(m.refusals), registry.Register(m.duration)); err != nil {
		return nil, err
	}
	for _, operation := range validator.Operations() {
		m.served[operation.ID] = operationMetrics{
			served:   m.requests.WithLabelValues(operation.ID, "200"),
			duration: m.duration.WithLabelValues(operation.ID),
		}
	}
	return m, nil
}

// observe counts one request. Those that match no operation share one name: paths are the callers' to choose.
func (m *metrics) observe(c *call, status int, elapsed time.Duration) {
	operation := "none"
	if c.operation != nil {
		operation = c.operation.ID
		m.served[operation].duration.Observe(elapsed.Seconds())
	}
	if c.operation != nil && status == http.StatusOK {
		m.served[operation].served.Inc()
		return
	}
	m.requests.WithLabelValues(operation, strconv.Itoa(status)).Inc()
	if c.refusal != nil {
		m.refusals.WithLabelValues(operation, c.refusal.Reason).Inc()
	}
}

// MetricsHandler shows the metrics of a registry in Prometheus' text format.
func MetricsHandler(registry *prometheus.Registry) http.Handler {
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}
