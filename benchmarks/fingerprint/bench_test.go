package main

import "testing"

func BenchmarkCheck(b *testing.B) {
	works, err := works()
	if err != nil {
		b.Fatal(err)
	}
	for _, w := range works {
		b.Run(w.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := w.run(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
