package main

import "testing"

// Every router has to find the right route with the right variables in every table.
func TestAnswers(t *testing.T) {
	for _, tab := range tables {
		paths, want := ask(tab, 100)
		for _, r := range routers {
			if tab.exprs && !r.exprs {
				continue
			}
			if err := check(r, tab, 100, paths, want); err != nil {
				t.Error(err)
			}
		}
	}
}

func BenchmarkRouting(b *testing.B) {
	for _, tab := range tables {
		paths, _ := ask(tab, 1000)
		for _, r := range routers {
			if tab.exprs && !r.exprs {
				continue
			}
			h := r.build(tab, 1000, nil)
			b.Run(tab.name+"/"+r.name, func(b *testing.B) {
				b.ReportAllocs()
				req := request()
				for i := 0; b.Loop(); i++ {
					req.URL.Path = paths[i%requests]
					h.ServeHTTP(nothing{}, req)
				}
			})
		}
	}
}
