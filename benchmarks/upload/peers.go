package main

import (
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"github.com/gofiber/fiber/v2"
	"github.com/labstack/echo/v4"

	"github.com/sidekick-http/sidekick/upload"
)

// peers start a server that stores the file "file" of POST /upload in a folder
// and answers its path, each in the way that its documentation shows.
var peers = map[string]func(ln net.Listener, dir string) error{
	"sidekick":           serveSidekick,
	"multipartreader":    serveMultipartReader,
	"parsemultipartform": serveParseMultipartForm,
	"gin":                serveGin,
	"echo":               serveEcho,
	"fiber":              serveFiber,
}

func peerNames() []string { return slices.Sorted(maps.Keys(peers)) }

var counter atomic.Int64

func newPath(dir string) string {
	return filepath.Join(dir, fmt.Sprintf("peer-%d-%d", os.Getpid(), counter.Add(1)))
}

func answer(w http.ResponseWriter, path string, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, path) // the client sees what is missing
}

func serveSidekick(ln net.Listener, dir string) error {
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir})
	if err != nil {
		return err
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		return err
	}
	return serveHTTP(ln, uploads.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		form, _ := upload.FromContext(r.Context())
		file, ok := form.File("file")
		if !ok {
			answer(w, "", http.ErrMissingFile)
			return
		}
		err := file.Keep()
		answer(w, file.Path, err)
	})))
}

// store copies a file to a path.
func store(path string, from io.Reader) error {
	to, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := io.Copy(to, from); err != nil {
		return err
	}
	return to.Close()
}

func serveMultipartReader(ln net.Listener, dir string) error {
	return serveHTTP(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mr, err := r.MultipartReader()
		if err != nil {
			answer(w, "", err)
			return
		}
		path := ""
		for {
			part, err := mr.NextPart()
			if err == io.EOF {
				answer(w, path, nil)
				return
			}
			if err == nil && part.FormName() == "file" {
				path = newPath(dir)
				err = store(path, part)
			}
			if err != nil {
				answer(w, "", err)
				return
			}
		}
	}))
}

func serveParseMultipartForm(ln net.Listener, dir string) error {
	return serveHTTP(ln, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		file, _, err := r.FormFile("file")
		if err != nil {
			answer(w, "", err)
			return
		}
		defer file.Close()
		path := newPath(dir)
		answer(w, path, store(path, file))
	}))
}

func serveGin(ln net.Listener, dir string) error {
	gin.SetMode(gin.ReleaseMode)
	g := gin.New()
	g.POST("/upload", func(c *gin.Context) {
		path := newPath(dir)
		file, err := c.FormFile("file")
		if err == nil {
			err = c.SaveUploadedFile(file, path)
		}
		answer(c.Writer, path, err)
	})
	return serveHTTP(ln, g)
}

func serveEcho(ln net.Listener, dir string) error {
	e := echo.New()
	e.POST("/upload", func(c echo.Context) error {
		header, err := c.FormFile("file")
		if err != nil {
			return err
		}
		path := newPath(dir)
		if err := storeHeader(path, header); err != nil {
			return err
		}
		return c.String(http.StatusOK, path)
	})
	return serveHTTP(ln, e)
}

func storeHeader(path string, header *multipart.FileHeader) error {
	file, err := header.Open()
	if err != nil {
		return err
	}
	defer file.Close()
	return store(path, file)
}

func serveFiber(ln net.Listener, dir string) error {
	app := fiber.New(fiber.Config{
		BodyLimit:             1 << 30,
		StreamRequestBody:     true,
		DisableStartupMessage: true,
	})
	app.Post("/upload", func(c *fiber.Ctx) error {
		header, err := c.FormFile("file")
		if err != nil {
			return err
		}
		path := newPath(dir)
		if err := c.SaveFile(header, path); err != nil {
			return err
		}
		return c.SendString(path)
	})
	go func() { exit(app.Listener(ln)) }()
	return nil
}
