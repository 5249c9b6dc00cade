package redis

import (
	"context"
	"errors"
	"fmt"
	"slices"

	goredis "github.com/redis/go-redis/v9"
)

// question is one call of the script, for checks under the same limits.
type question struct {
	terms  *terms
	keys   []string
	costs  []int64
	checks []*check // the checks, in the same order; nil if there is only one
	cmd    *goredis.Cmd
}

// questions groups checks that one script can decide together.
func (l *lane) questions(checks []*check) []*question {
	var list []*question
next:
	for _, c := range checks {
		if l.together {
			for _, q := range list {
				if q.terms == c.terms {
					q.add(c)
					continue next
				}
			}
		}
		q := &question{terms: c.terms}
		q.add(c)
		list = append(list, q)
	}
	return list
}

func (q *question) add(c *check) {
	q.keys, q.costs, q.checks = append(q.keys, c.key), append(q.costs, c.cost), append(q.checks, c)
}

// send sends a question, by the script's hash or with the whole script.
func (q *question) send(ctx context.Context, by goredis.Scripter, script *goredis.Script, whole bool) {
	arguments := q.terms.arguments
	if slices.ContainsFunc(q.costs, func(cost int64) bool { return cost != 1 }) {
		arguments = slices.Clip(arguments)
		for _, cost := range q.costs {
			arguments = append(arguments, cost)
		}
	}
	if whole {
		q.cmd = script.Eval(ctx, by, q.keys, arguments...)
	} else {
		q.cmd = script.EvalSha(ctx, by, q.keys, arguments...)
	}
}

// ask sends questions and waits for the answers. It reports whether the line is
// still good.
func (l *lane) ask(ctx context.Context, by *line, questions []*question) (good bool) {
	l.store.ask(ctx, by, questions)
	good = true
	for _, q := range questions {
		err := q.cmd.Err()
		good = good && !isBroken(err)
		if l.store.cluster != nil {
			l.note(err)
		}
	}
	if l.store.cluster != nil {
		l.store.redirect(ctx, questions)
	}
	return good
}

// ask sends questions, first by the script's hash, which a restarted server does
// not know.
func (s *Store) ask(ctx context.Context, by client, questions []*question) {
	for _, whole := range []bool{false, true} {
		if len(questions) == 1 {
			questions[0].send(ctx, by, s.script, whole)
		} else {
			p := by.Pipeline()
			for _, q := range questions {
				q.send(ctx, p, s.script, whole)
			}
			_, _ = p.Exec(ctx) // each command has its error
		}
		var unknown []*question
		for _, q := range questions {
			if err := q.cmd.Err(); err != nil && (errors.Is(err, goredis.ErrNoScript) || goredis.HasErrorPrefix(err, "NOSCRIPT")) {
				unknown = append(unknown, q)
			}
		}
		if questions = unknown; len(questions) == 0 {
			return
		}
	}
}

// answer returns the server's answer.
func (q *question) answer() ([]any, error) {
	answer, err := q.cmd.Slice()
	if want := q.terms.plan.Len() * len(q.keys); err == nil && len(answer) != want {
		err = fmt.Errorf("ratelimit/redis: the script returned %d numbers, want %d", len(answer), want)
	}
	return answer, err
}

// deliver passes the answers to the checks.
func (q *question) deliver() {
	answer, err := q.answer()
	n := q.terms.plan.Len()
	for i, c := range q.checks {
		if err != nil {
			c.err = err
		} else {
			c.taken, c.err = q.terms.read(answer[i*n : (i+1)*n])
		}
		close(c.done)
	}
}

// redirect repeats questions that a server of a cluster has not answered because
// their keys have moved to another one. The cluster client knows where to ask, and
// may have to connect first; redirect waits no longer than ctx.
func (s *Store) redirect(ctx context.Context, questions []*question) {
	var moved, copies []*question
	for _, q := range questions {
		switch err := q.cmd.Err(); {
		case err == nil:
		case goredis.HasErrorPrefix(err, "MOVED") || goredis.HasErrorPrefix(err, "ASK") || goredis.HasErrorPrefix(err, "TRYAGAIN"):
			again := *q
			moved, copies = append(moved, q), append(copies, &again)
		default:
			s.lost(ctx)
		}
	}
	if len(moved) == 0 {
		return
	}
	s.lost(ctx)
	ctx, cancel := context.WithDeadline(ctx, deadlineOf(ctx))
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.ask(ctx, s.cluster, copies)
	}()
	select {
	case <-done:
		for i, q := range moved {
			q.cmd = copies[i].cmd
		}
	case <-ctx.Done():
	}
}
