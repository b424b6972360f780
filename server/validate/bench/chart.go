package main

import (
	"fmt"
	"html"
	"os"
	"strings"
)

// writeChart draws the rows as an SVG: for each, what ours costs as a share of its peer, and the target as a mark.
func writeChart(file string, rows []row) error {
	const (
		line, left, width = 34, 380, 300
		top               = 44
	)
	var b strings.Builder
	height := top + line*len(rows) + 10
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="760" height="%d" viewBox="0 0 760 %d" font-family="system-ui, sans-serif" font-size="13" role="img">`+"\n", height, height)
	b.WriteString(`<style>text{fill:#1f2328}.bar{fill:#2f81f7}.over{fill:#d29922}.rest{fill:#d0d7de}.mark{stroke:#cf222e;stroke-width:2}@media(prefers-color-scheme:dark){text{fill:#e6edf3}.rest{fill:#30363d}}</style>` + "\n")
	fmt.Fprintf(&b, `<text x="8" y="18" font-weight="600">Cost as a share of the peer's (grey); the red mark is the target</text><text x="8" y="35" font-size="11">%s</text>`+"\n", html.EscapeString(machine()))
	for i, r := range rows {
		share, target := r.ratio, r.target
		if r.more {
			share, target = 1/share, 1/target
		}
		class, scale := "bar", float64(width)
		if !r.met() {
			class = "over"
		}
		if most := max(share, target, 1); most > 1 {
			scale /= most
		}
		y := top + i*line
		fmt.Fprintf(&b, `<text x="8" y="%d">%s</text>`, y+16, html.EscapeString(strings.ReplaceAll(r.work, "`", "")))
		fmt.Fprintf(&b, `<rect class="rest" x="%d" y="%d" width="%.1f" height="16" rx="2"/><rect class="%s" x="%d" y="%d" width="%.1f" height="16" rx="2"/>`, left, y+4, scale, class, left, y+4, share*scale)
		fmt.Fprintf(&b, `<line class="mark" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, left+target*scale, left+target*scale, y+1, y+23)
		fmt.Fprintf(&b, `<text x="%d" y="%d">%.3g</text>`+"\n", left+width+12, y+16, share)
	}
	b.WriteString("</svg>\n")
	return os.WriteFile(file, []byte(b.String()), 0o644)
}
