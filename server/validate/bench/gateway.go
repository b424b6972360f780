package main

import (
	"fmt"
	"math"
	"strings"
)

// gatewayRows compares ways through a gateway, each in a process of its own in front of one upstream, by the CPU time that the
// gateway's process takes for a request.
func gatewayRows(m meter) ([]row, error) {
	s, err := loadSeeds()
	if err != nil {
		return nil, err
	}
	upstream, err := startChild(stackUpstream)
	if err != nil {
		return nil, err
	}
	defer upstream.stop()
	ways := map[string]*child{}
	for _, name := range proxyNames {
		if ways[name], err = startChild(name + " " + upstream.address); err != nil {
			return nil, err
		}
		defer ways[name].stop()
	}
	rollbackPath := strings.Replace(putPath, "execution-config/container-api", "migration/rollback", 1)
	head := " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer some.good-looking.token\r\nUser-Agent: bench\r\nAccept: application/json\r\nContent-Type: application/json\r\n"
	put := fmt.Sprintf("PUT %s%sContent-Length: %d\r\n\r\n%s", putPath, head, len(s.putBody), s.putBody)
	post := fmt.Sprintf("POST %s%sContent-Length: 0\r\n\r\n", rollbackPath, head)
	refused := fmt.Sprintf("PUT %s%sContent-Length: 2\r\n\r\n{}", putPath, head)
	loads := []struct{ name, way, request, status string }{
		{"PUT bare", proxyBare, put, "200"}, {"PUT ours", proxyOurs, put, "200"}, {"PUT checked", proxyChecked, put, "200"},
		{"PUT transport", proxyTransport, put, "200"}, {"PUT fasthttp", proxyFasthttp, put, "200"},
		{"POST bare", proxyBare, post, "200"}, {"POST ours", proxyOurs, post, "200"}, {"POST checked", proxyChecked, post, "200"},
		{"refused bare", proxyBare, refused, "200"}, {"refused ours", proxyOurs, refused, "400"},
	}
	cost := map[string]float64{}
	for _, l := range loads {
		cost[l.name] = math.Inf(1)
	}
	for range m.rounds {
		for _, l := range loads {
			way := ways[l.way]
			way.status = l.status
			cpu, err := way.load([]byte(l.request), 15*m.slice)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", l.name, err)
			}
			cost[l.name] = min(cost[l.name], cpu/1e3)
		}
	}
	return []row{
		{work: "gateway, CPU of a PUT: ours / bare ReverseProxy", ratio: cost["PUT ours"] / cost["PUT bare"], target: 0.65,
			note: fmt.Sprintf("%.1f µs, %.1f µs; the same checks before ReverseProxy %.1f µs, before fasthttp's client %.1f µs", cost["PUT ours"], cost["PUT bare"], cost["PUT transport"], cost["PUT fasthttp"])},
		{work: "gateway, CPU of a POST: ours / bare ReverseProxy", ratio: cost["POST ours"] / cost["POST bare"], target: 0.65,
			note: fmt.Sprintf("%.1f µs, %.1f µs", cost["POST ours"], cost["POST bare"])},
		{work: "gateway, refused PUT: ours / ReverseProxy forwarding it", ratio: cost["refused ours"] / cost["refused bare"], target: 0.4,
			note: fmt.Sprintf("%.1f µs, %.1f µs", cost["refused ours"], cost["refused bare"])},
		{work: "gateway, 4 KB answers checked / not", ratio: cost["POST checked"] / cost["POST ours"], target: 1.15,
			note: fmt.Sprintf("%.1f µs, %.1f µs; PUT %.1f µs", cost["POST checked"], cost["POST ours"], cost["PUT checked"])},
	}, nil
}
