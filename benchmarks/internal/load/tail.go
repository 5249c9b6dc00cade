package load

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// Kind is one kind of request in a mixture.
type Kind struct {
	Request  []byte
	Shortest int     // bytes of an answer
	Share    float64 // of all requests; those of a mixture make 1
}

// Latencies sends a mixture at a rate that does not wait for answers: requests
// come at random times, as those of many clients do, whatever became of the ones
// before. It returns how long the first kind took, from the time when it was due,
// sorted.
func Latencies(s *Server, mixture []Kind, rate float64, n int) ([]time.Duration, error) {
	idle := make(chan *client, n)
	defer func() {
		close(idle)
		for c := range idle {
			_ = c.Close()
		}
	}()
	var (
		mu    sync.Mutex
		took  []time.Duration
		wg    sync.WaitGroup
		first error
	)
	random := rand.New(rand.NewPCG(1, 2)) // every server gets the same
	due := time.Now()
	for range n {
		due = due.Add(time.Duration(random.ExpFloat64() / rate * float64(time.Second)))
		kind := pick(mixture, random.Float64())
		time.Sleep(time.Until(due))
		at := due
		wg.Go(func() {
			err := askOnce(s.Addr, idle, &mixture[kind])
			d := time.Since(at)
			mu.Lock()
			defer mu.Unlock()
			first = errors.Join(first, err)
			if kind == 0 {
				took = append(took, d)
			}
		})
	}
	wg.Wait()
	if first != nil {
		return nil, fmt.Errorf("%s: %w", s.Name, first)
	}
	slices.Sort(took)
	return took, nil
}

// Capacity returns how many requests of a mixture a server answers in a second
// at most, over a number of connections.
func Capacity(s *Server, mixture []Kind, conns, n int) (float64, error) {
	random := rand.New(rand.NewPCG(1, 2))
	kinds := make(chan int, n)
	for range n {
		kinds <- pick(mixture, random.Float64())
	}
	close(kinds)
	errs := make([]error, conns)
	began := time.Now()
	var wg sync.WaitGroup
	for i := range conns {
		wg.Go(func() {
			c, err := dial(s.Addr)
			if err != nil {
				errs[i] = err
				return
			}
			defer c.Close()
			for kind := range kinds {
				if errs[i] = c.ask(mixture[kind].Request, mixture[kind].Shortest); errs[i] != nil {
					return
				}
			}
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return 0, fmt.Errorf("%s: %w", s.Name, err)
	}
	return float64(n) / time.Since(began).Seconds(), nil
}

func pick(mixture []Kind, x float64) int {
	for i := range mixture {
		if x -= mixture[i].Share; x < 0 {
			return i
		}
	}
	return 0
}

// askOnce takes a connection that is idle, or a new one.
func askOnce(addr string, idle chan *client, k *Kind) error {
	var c *client
	select {
	case c = <-idle:
	default:
		var err error
		if c, err = dial(addr); err != nil {
			return err
		}
	}
	if err := c.ask(k.Request, k.Shortest); err != nil {
		return errors.Join(err, c.Close())
	}
	idle <- c
	return nil
}
