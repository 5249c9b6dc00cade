package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"log"
	"log/slog"
	"net/http"

	"github.com/felixge/httpsnoop"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	chimiddleware "github.com/go-chi/chi/v5/middleware"
	"github.com/google/uuid"
	"github.com/gorilla/handlers"
	"github.com/gorilla/securecookie"
	"github.com/klauspost/compress/gzhttp"
	"github.com/labstack/echo/v4"
	echomiddleware "github.com/labstack/echo/v4/middleware"
)

// What the peers' chains are made of: their own recovery, access log (formatted
// and written to nobody), request id and fixed headers where they have them; gzip from
// 1 KiB on, as Sidekick does it (gzhttp; echo has its own); and a client's id in
// a cookie that securecookie signs and checks, with its default serializer.
//
// chi's own Compress has no least length: it would encode these 300 bytes, which
// costs many times the rest.

const (
	cookieName = "sessionID"
	cookieKey  = "a key for benchmarks, which is no secret"
)

var codec = securecookie.New([]byte(cookieKey), nil)

type clientKey struct{}

func clientOf(r *http.Request) (id string, ok bool) {
	id, ok = r.Context().Value(clientKey{}).(string)
	return id, ok
}

// identify returns the id in a request's cookie, or a new one and its cookie.
func identify(r *http.Request) (id string, cookie *http.Cookie) {
	if c, err := r.Cookie(cookieName); err == nil && codec.Decode(cookieName, c.Value, &id) == nil {
		return id, nil
	}
	random := make([]byte, 20)
	_, _ = rand.Read(random) // it never fails
	id = hex.EncodeToString(random)
	value, err := codec.Encode(cookieName, id)
	if err != nil {
		return id, nil
	}
	return id, &http.Cookie{Name: cookieName, Value: value, Path: "/", MaxAge: 3600, HttpOnly: true, SameSite: http.SameSiteLaxMode}
}

// withClient is identify for net/http.
func withClient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, cookie := identify(r)
		if cookie != nil {
			http.SetCookie(w, cookie)
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, id)))
	})
}

// fixed are the headers that the assembled server sends.
var fixed = [][2]string{
	{"X-Powered-By", "Sidekick API"},
	{"Access-Control-Allow-Origin", "*"},
	{"Access-Control-Allow-Methods", "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE"},
	{"Access-Control-Allow-Headers", "Content-Type"},
}

func setFixed(h http.Header) {
	for _, f := range fixed {
		h.Set(f[0], f[1])
	}
}

// byHand is net/http with the usual libraries.
func byHand(chain bool) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		a, err := fill(r, r.PathValue("name"))
		write(w, a, err)
	})
	if !chain {
		return mux
	}
	logger := slog.New(slog.NewJSONHandler(io.Discard, nil))
	packed := gzhttp.GzipHandler(withClient(mux))
	logged := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setFixed(w.Header())
		w.Header().Set("X-Request-Id", uuid.NewString())
		m := httpsnoop.CaptureMetrics(packed, w, r)
		logger.LogAttrs(r.Context(), slog.LevelInfo, "request",
			slog.String("method", r.Method), slog.String("path", r.URL.Path), slog.Int("status", m.Code),
			slog.Int64("bytes", m.Written), slog.Duration("duration", m.Duration), slog.String("client", r.RemoteAddr))
	})
	return handlers.RecoveryHandler()(logged)
}

func withChi(chain bool) http.Handler {
	r := chi.NewRouter()
	if chain {
		r.Use(
			chimiddleware.Recoverer,
			chimiddleware.RequestLogger(&chimiddleware.DefaultLogFormatter{Logger: log.New(io.Discard, "", log.LstdFlags), NoColor: true}),
			chimiddleware.RequestID,
		)
		for _, f := range fixed {
			r.Use(chimiddleware.SetHeader(f[0], f[1]))
		}
		r.Use(func(next http.Handler) http.Handler { return gzhttp.GzipHandler(next) }, withClient)
	}
	r.Get("/api/hello/{name}", func(w http.ResponseWriter, r *http.Request) {
		a, err := fill(r, chi.URLParam(r, "name"))
		write(w, a, err)
	})
	return r
}

func withGin(chain bool) http.Handler {
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	if chain {
		e.Use(gin.LoggerWithWriter(io.Discard), gin.Recovery(), func(c *gin.Context) {
			setFixed(c.Writer.Header())
			c.Header("X-Request-Id", uuid.NewString())
			id, cookie := identify(c.Request)
			if cookie != nil {
				http.SetCookie(c.Writer, cookie)
			}
			c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), clientKey{}, id))
		})
	}
	e.GET("/api/hello/:name", func(c *gin.Context) {
		a, err := fill(c.Request, c.Param("name"))
		if err != nil {
			c.String(http.StatusUnprocessableEntity, err.Error())
			return
		}
		c.JSON(http.StatusOK, a)
	})
	addToGin(e)
	if chain {
		return gzhttp.GzipHandler(e)
	}
	return e
}

// echoLog is what echo's documentation shows for slog.
func echoLog(logger *slog.Logger) echomiddleware.RequestLoggerConfig {
	return echomiddleware.RequestLoggerConfig{
		LogMethod: true, LogURIPath: true, LogStatus: true, LogResponseSize: true, LogLatency: true, LogRemoteIP: true,
		LogValuesFunc: func(c echo.Context, v echomiddleware.RequestLoggerValues) error {
			logger.LogAttrs(c.Request().Context(), slog.LevelInfo, "request",
				slog.String("method", v.Method), slog.String("path", v.URIPath), slog.Int("status", v.Status),
				slog.Int64("bytes", v.ResponseSize), slog.Duration("duration", v.Latency), slog.String("client", v.RemoteIP))
			return nil
		},
	}
}

func withEcho(chain bool) http.Handler {
	e := echo.New()
	if chain {
		e.Use(
			echomiddleware.Recover(),
			echomiddleware.RequestLoggerWithConfig(echoLog(slog.New(slog.NewJSONHandler(io.Discard, nil)))),
			echomiddleware.RequestID(),
			echomiddleware.GzipWithConfig(echomiddleware.GzipConfig{MinLength: 1024}),
			func(next echo.HandlerFunc) echo.HandlerFunc {
				return func(c echo.Context) error {
					setFixed(c.Response().Header())
					id, cookie := identify(c.Request())
					if cookie != nil {
						c.SetCookie(cookie)
					}
					c.SetRequest(c.Request().WithContext(context.WithValue(c.Request().Context(), clientKey{}, id)))
					return next(c)
				}
			},
		)
	}
	e.GET("/api/hello/:name", func(c echo.Context) error {
		a, err := fill(c.Request(), c.Param("name"))
		if err != nil {
			return c.String(http.StatusUnprocessableEntity, err.Error())
		}
		return c.JSON(http.StatusOK, a)
	})
	return e
}
