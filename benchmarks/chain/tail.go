package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"github.com/sidekick-http/sidekick/benchmarks/internal/load"
	"github.com/sidekick-http/sidekick/dispatch"
)

// The mixture of -tail: small actions, and among a hundred of them one that
// waits for something else and one upload.
const (
	slowTarget   = "/api/slow"
	slowTime     = 50 * time.Millisecond
	uploadTarget = "/api/upload"
	uploadBytes  = 1 << 20
	share        = 0.7 // of what gin can do
)

var slow = dispatch.Action{Name: "slow", Run: func(context.Context, *dispatch.Connection) (any, error) {
	time.Sleep(slowTime)
	return map[string]any{"slept": true}, nil
}}

var upload = dispatch.Action{Name: "upload", Inputs: dispatch.Inputs{"file": {File: true, Required: true}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
	f, ok := c.Params.File("file")
	if !ok || f.Size != uploadBytes {
		return nil, errors.New("it is not the file that was sent")
	}
	return map[string]any{"size": f.Size}, nil
}}

// addToGin adds the two to gin.
func addToGin(e *gin.Engine) {
	e.GET(slowTarget, func(c *gin.Context) {
		time.Sleep(slowTime)
		c.JSON(http.StatusOK, gin.H{"slept": true})
	})
	e.POST(uploadTarget, func(c *gin.Context) {
		f, err := c.FormFile("file")
		if err != nil || f.Size != uploadBytes {
			c.String(http.StatusBadRequest, "it is not the file that was sent")
			return
		}
		c.JSON(http.StatusOK, gin.H{"size": f.Size})
	})
}

// quantiles are those that are printed.
var quantiles = [...]float64{0.5, 0.9, 0.99, 0.999}

// mixture returns what is sent of each kind, with the fields of the small one.
func mixture(small []byte) []load.Kind {
	_, fields, _ := strings.Cut(string(small), "\r\n")
	body := "--X\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n" + strings.Repeat("x", uploadBytes) + "\r\n--X--\r\n"
	return []load.Kind{
		{Request: small, Shortest: shortest, Share: 0.98},
		{Request: []byte("GET " + slowTarget + " HTTP/1.1\r\n" + fields), Share: 0.01},
		{Request: []byte(fmt.Sprintf("POST %s HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=X\r\nContent-Length: %d\r\n%s%s", uploadTarget, len(body), fields, body)), Share: 0.01},
	}
}

// tail asks the assembled server and gin with its chain with a mixture, at 70 %
// of what gin answers of it at most, and prints how long the small ones took.
func tail(rounds, requests int) (err error) {
	names := []string{"gin-chain", "sidekick-chain-log-json"}
	by := overHTTP1(16)
	var runners []*runner
	defer func() {
		for _, r := range runners {
			err = errors.Join(err, r.Stop())
		}
	}()
	for _, name := range names {
		s, err := load.Start(name, "-serve", name)
		if err != nil {
			return err
		}
		r := &runner{contestant: contestant{name: name, chain: true}, Server: s}
		runners = append(runners, r)
		if r.request, err = prepare(r, by); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	most, err := load.Capacity(runners[0].Server, mixture(runners[0].request), 64, requests)
	if err != nil {
		return err
	}
	rate := share * most
	took := make(map[string][][]float64) // by server: of each quantile a value a round, in ms
	for round := range rounds + 1 {
		for i := range runners {
			r := runners[(i+round)%len(runners)]
			all, err := load.Latencies(r.Server, mixture(r.request), rate, requests)
			if err != nil {
				return err
			}
			if round == 0 {
				continue // to warm up
			}
			values := make([]float64, len(quantiles))
			for q := range quantiles {
				values[q] = float64(all[int(quantiles[q]*float64(len(all)-1))]) / float64(time.Millisecond)
			}
			took[r.contestant.name] = append(took[r.contestant.name], values)
		}
	}
	fmt.Printf("small requests among 1 %% that take %v and 1 %% uploads of 1 MiB, %.0f requests a second, %d a round, medians of %d rounds, in ms\n", slowTime, rate, requests, rounds)
	printQuantiles(names, took)
	return nil
}

// printQuantiles prints a line for each of two servers, and one that compares them.
func printQuantiles(names []string, took map[string][][]float64) {
	fmt.Printf("  %-28s", "server")
	for _, q := range quantiles {
		fmt.Printf(" %9s", fmt.Sprintf("p%g", 100*q))
	}
	fmt.Println()
	for _, name := range names {
		fmt.Printf("  %-28s", name)
		for q := range quantiles {
			fmt.Printf(" %9.2f", median(column(took[name], q)))
		}
		fmt.Println()
	}
	fmt.Printf("  %-28s", "ratio, median of each round's")
	for q := range quantiles {
		ratios := column(took[names[1]], q)
		for i, v := range column(took[names[0]], q) {
			ratios[i] /= v
		}
		fmt.Printf(" %9.2f", median(ratios))
	}
	fmt.Println()
}

func column(rows [][]float64, i int) []float64 {
	out := make([]float64, len(rows))
	for j, row := range rows {
		out[j] = row[i]
	}
	return out
}
