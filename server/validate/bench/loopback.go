package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// loopbackRows compares the stacks as servers, each in a process of its own, by the CPU time that the process
// takes for a request; the client's is not counted.
func loopbackRows(m meter) ([]row, error) {
	s, err := loadSeeds()
	if err != nil {
		return nil, err
	}
	request := fmt.Sprintf("PUT %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", putPath, len(s.putBody), s.putBody)
	names := []string{stackOurs, stackRaw, stackStock}
	lowest := map[string]float64{}
	servers := map[string]*child{}
	for _, name := range names {
		c, err := startChild(name)
		if err != nil {
			return nil, err
		}
		defer c.stop()
		servers[name], lowest[name] = c, 1e18
	}
	for range m.rounds {
		for _, name := range names {
			cpu, err := servers[name].load([]byte(request), 15*m.slice)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			lowest[name] = min(lowest[name], cpu)
		}
	}
	ours, raw, stock := lowest[stackOurs], lowest[stackRaw], lowest[stackStock]
	note := fmt.Sprintf("%.1f µs; raw %.1f µs; stock %.1f µs", ours/1e3, raw/1e3, stock/1e3)
	return []row{
		{work: "loopback, CPU of a valid PUT: ours / raw echo handler", ratio: ours / raw, target: 0.9, note: note},
		{work: "the same: ours / stock stack", ratio: ours / stock, target: 0.55},
	}, nil
}

// child is this program, serving one stack.
type child struct {
	command *exec.Cmd
	stdin   io.Closer // closing it ends the child
	address string
	status  string // that its answers must have; default 200
}

func startChild(stack string) (*child, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(context.Background(), program, "-serve", stack)
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		return nil, err
	}
	return &child{command, stdin, strings.TrimSpace(line), "200"}, nil
}

func (c *child) stop() {
	c.stdin.Close()
	_ = c.command.Wait()
}

// load sends requests one after the other on four connections for a while, and returns the CPU nanoseconds that the
// child spent on each.
func (c *child) load(request []byte, length time.Duration) (float64, error) {
	const connections = 4
	before, err := c.cpu()
	if err != nil {
		return 0, err
	}
	type done struct {
		count int
		err   error
	}
	results := make(chan done, connections)
	for range connections {
		go func() {
			count, err := c.converse(request, time.Now().Add(length))
			results <- done{count, err}
		}()
	}
	total := 0
	for range connections {
		d := <-results
		total, err = total+d.count, errors.Join(err, d.err)
	}
	after, cpuErr := c.cpu()
	if err = errors.Join(err, cpuErr); err != nil {
		return 0, err
	}
	return float64(after-before) / float64(total), nil
}

func (c *child) converse(request []byte, until time.Time) (int, error) {
	conn, err := new(net.Dialer).DialContext(context.Background(), "tcp", c.address)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	answers := bufio.NewReader(conn)
	count := 0
	for ; time.Now().Before(until); count++ {
		if _, err := conn.Write(request); err != nil {
			return count, err
		}
		if err := readAnswer(answers, c.status); err != nil {
			return count, err
		}
	}
	return count, nil
}

// readAnswer reads an answer of that status and its body, cheaply: the client shares the machine with the server.
func readAnswer(r *bufio.Reader, want string) error {
	status, err := r.ReadSlice('\n')
	if err != nil {
		return err
	}
	if !strings.HasPrefix(string(status), "HTTP/1.1 "+want+" ") {
		return fmt.Errorf("answer %q", status)
	}
	length := -1
	for {
		line, err := r.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) <= 2 {
			break
		}
		if value, found := strings.CutPrefix(string(line), "Content-Length: "); found {
			if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
				return err
			}
		}
	}
	if length < 0 {
		return errors.New("an answer without a length")
	}
	_, err = r.Discard(length)
	return err
}

// cpu is the CPU time that the child has spent, from /proc: in ticks of 10 ms.
func (c *child) cpu() (time.Duration, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", c.command.Process.Pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(stat)[strings.LastIndexByte(string(stat), ')')+1:])
	var ticks int
	for _, field := range fields[11:13] {
		n, err := strconv.Atoi(field)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond, nil
}

// serveStack serves a stack on loopback until stdin ends.
func serveStack(name string) error {
	h, err := newStack(name)
	if err != nil {
		return err
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		server.Close()
	}()
	fmt.Println(listener.Addr())
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
