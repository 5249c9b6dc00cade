package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// RoundHTTP2 is Round over one connection of HTTP/2 with TLS, on which that many
// streams are open at once.
func RoundHTTP2(s *Server, request *http.Request, streams, n, shortest int) (Sample, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true, DisableCompression: true}
	defer transport.CloseIdleConnections()
	if err := askHTTP2(transport, request, shortest); err != nil { // makes the connection
		return Sample{}, fmt.Errorf("%s: %w", s.Name, err)
	}
	before, err := s.Time()
	if err != nil {
		return Sample{}, err
	}
	var left atomic.Int64
	left.Store(int64(n))
	errs := make([]error, streams)
	began := time.Now()
	var wg sync.WaitGroup
	for i := range streams {
		own := request.Clone(request.Context())
		wg.Go(func() {
			for left.Add(-1) >= 0 && errs[i] == nil {
				errs[i] = askHTTP2(transport, own, shortest)
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	after, err := s.Time()
	if err := errors.Join(append(errs, err)...); err != nil {
		return Sample{}, fmt.Errorf("%s: %w", s.Name, err)
	}
	return Sample{CPU: (after - before) / time.Duration(n), Rate: float64(n) / took.Seconds()}, nil
}

// AskHTTP2 is Ask over HTTP/2 with TLS.
func AskHTTP2(request *http.Request) (*http.Response, []byte, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true, DisableCompression: true}
	defer transport.CloseIdleConnections()
	resp, err := transport.RoundTrip(request)
	if err != nil {
		return nil, nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

func askHTTP2(transport *http.Transport, request *http.Request, shortest int) error {
	resp, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	n, err := io.Copy(io.Discard, resp.Body)
	if closeErr := resp.Body.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return err
	case resp.ProtoMajor != 2:
		return fmt.Errorf("got %s, want HTTP/2", resp.Proto)
	case resp.StatusCode != http.StatusOK || n < int64(shortest):
		return fmt.Errorf("got status %d with %d bytes, want 200 with %d or more", resp.StatusCode, n, shortest)
	}
	return nil
}
