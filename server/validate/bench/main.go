// Command bench measures what validation costs, side by side with its peers in one run, and prints the ratios
// against their targets. It is a module of its own, so that users of the validator do not inherit the peers
// (gorillamux, the stock filter, fasthttp).
package main

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"time"
)

// row is one line of the table: a ratio and its target.
type row struct {
	work   string
	ratio  float64
	target float64
	more   bool   // the ratio must be at least the target, not at most
	count  bool   // a count, not a share of a peer: not in the chart
	note   string // figures behind the ratio
}

func (r row) met() bool {
	if r.more {
		return r.ratio >= r.target
	}
	return r.ratio <= r.target
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	rounds := flags.Int("rounds", 7, "measurements of each work, of which the fastest counts")
	slice := flags.Duration("slice", 100*time.Millisecond, "length of one measurement")
	only := flags.String("only", "", "a part of the table: body, server, route, loopback or gateway; empty for all")
	chart := flags.String("chart", "", "write the table as an SVG to this file too")
	serve := flags.String("serve", "", "for the program's own use: serve this stack")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *serve != "" {
		return serveStack(*serve)
	}
	m := meter{rounds: *rounds, slice: *slice}
	fmt.Printf("%s, %d rounds of %v, CPU time of the process\n\n", machine(), m.rounds, m.slice)
	fmt.Println("| work | target | measured | |\n|---|---|---|---|")
	var all []row
	for _, part := range parts {
		if *only != "" && *only != part.name {
			continue
		}
		rows, err := part.rows(m)
		if err != nil {
			return err
		}
		for _, r := range rows {
			print(r)
		}
		all = append(all, slices.DeleteFunc(rows, func(r row) bool { return r.count })...)
	}
	if *chart != "" {
		return writeChart(*chart, all)
	}
	return nil
}

// parts are the table in the order that it is printed in.
var parts = []struct {
	name string
	rows func(meter) ([]row, error)
}{
	{"body", bodyRows}, {"server", serverRows}, {"route", routeRows}, {"loopback", loopbackRows}, {"gateway", gatewayRows},
}

func print(r row) {
	sign, mark := "≤", "met"
	if r.more {
		sign = "≥"
	}
	if !r.met() {
		mark = "missed"
	}
	fmt.Printf("| %s | %s %g | %.3g %s | %s |\n", r.work, sign, r.target, r.ratio, mark, r.note)
}
