package gateway

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/productsupcom/cde/server/validate"
)

// Reasons beside those of validate, for the metric's label.
const (
	reasonUnreachable = "upstream-unreachable" // 502: no connection
	reasonBroken      = "upstream-broken"      // 502: the connection ended before the answer did
	reasonProtocol    = "upstream-protocol"    // 502: not HTTP as it should be
	reasonTimeout     = "upstream-timeout"     // 504
	reasonGone        = "caller-gone"          // nobody to answer
	reasonAnswer      = "answer-"              // 502: before what validate finds wrong with an answer: answer-status, answer-body, …
)

// metrics count requests. What names no operation shares one name: paths are the callers' to choose.
type metrics struct {
	requests *prometheus.CounterVec // operation, status
	refusals *prometheus.CounterVec // operation, reason, mode
	served   sync.Map               // series of the answers: answerKey → prometheus.Counter
}

type answerKey struct {
	operation string
	status    int
}

func newMetrics(registry prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cde_gateway_requests_total", Help: "Requests answered, by operation and status.",
		}, []string{"operation", "status"}),
		refusals: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "cde_gateway_refusals_total",
			Help: "Requests and answers that were refused (mode block) or would have been (mode report), by operation and reason.",
		}, []string{"operation", "reason", "mode"}),
	}
	if registry == nil {
		return m, nil
	}
	return m, errors.Join(registry.Register(m.requests), registry.Register(m.refusals))
}

// answered counts an answer.
func (m *metrics) answered(operation string, status int) {
	key := answerKey{operation, status}
	if counter, ok := m.served.Load(key); ok {
		counter.(prometheus.Counter).Inc()
		return
	}
	counter := m.requests.WithLabelValues(operation, strconv.Itoa(status))
	m.served.Store(key, counter)
	counter.Inc()
}

// name is the operation's, for people and series.
func (x *exchange) name() string {
	if x.operation == nil {
		return "none"
	}
	return x.operation.ID
}

// note counts and logs a refusal: of the request, of the answer, or for want of an answer. The query is never logged, for it may hold
// a token that should not be there.
func (x *exchange) note(refusal *validate.Refusal, mode Mode) {
	m := x.gateway.metrics
	m.refusals.WithLabelValues(x.name(), refusal.Reason, string(mode)).Inc()
	if mode == Block && refusal.Status > 0 {
		m.answered(x.name(), refusal.Status)
	}
	logger, level := x.gateway.config.Logger, slog.LevelWarn
	if refusal.Status >= http.StatusInternalServerError {
		level = slog.LevelError
	}
	if !logger.Enabled(x.r.Context(), level) {
		return
	}
	attributes := []slog.Attr{
		slog.String("operation", x.name()), slog.String("reason", refusal.Reason), slog.String("mode", string(mode)),
		slog.String("method", x.r.Method), slog.String("path", x.r.URL.Path), slog.Int("status", refusal.Status),
		slog.String("remote", x.r.RemoteAddr),
	}
	if id := x.r.Header.Get("X-Request-Id"); id != "" && len(id) <= 128 {
		attributes = append(attributes, slog.String("request-id", id))
	}
	if len(refusal.Fields) > 0 {
		attributes = append(attributes, slog.Any("fields", fieldNames(refusal.Fields)))
	}
	if refusal.Cause != nil {
		attributes = append(attributes, slog.Any("cause", refusal.Cause))
	}
	logger.LogAttrs(x.r.Context(), level, "refused", attributes...)
}

func fieldNames(fields []validate.Field) []string {
	list := make([]string, len(fields))
	for i, field := range fields {
		list[i] = field.Name
	}
	return list
}
