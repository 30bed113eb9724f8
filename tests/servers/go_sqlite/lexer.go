// SPDX-License-Identifier: Apache-2.0

package main

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// token finds strings, quoted names, comments, parameters and words of SQLite's SQL.
var token = regexp.MustCompile(`(?s)'(?:[^']|'')*'|"(?:[^"]|"")*"|` + "`(?:[^`]|``)*`" +
	`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|\?\d*|[:@$][\pL_\d]+|[\pL_][\pL_\d$]*|\S`)

const prefixes = "?:@$"

// placeholders are the parameters of a statement in the order of their first use: "" for
// a bare ?, else the name with its prefix. Numbers are in their own order. One that is
// used twice is there once.
func placeholders(sql string) []string {
	var found []string
	for _, word := range token.FindAllString(sql, -1) {
		switch {
		case word == "?":
			found = append(found, "")
		case len(word) > 1 && strings.ContainsRune(prefixes, rune(word[0])) && !slices.Contains(found, word):
			found = append(found, word)
		}
	}
	numbered := func(name string) int {
		number, _ := strconv.Atoi(strings.TrimLeft(name, prefixes))
		return number
	}
	if !slices.ContainsFunc(found, func(name string) bool { return numbered(name) == 0 }) {
		slices.SortFunc(found, func(a, b string) int { return numbered(a) - numbered(b) })
	}
	return found
}

var changes = []string{"INSERT", "REPLACE", "UPDATE", "DELETE", "CREATE", "DROP", "ALTER",
	"ATTACH", "DETACH", "VACUUM", "REINDEX", "ANALYZE", "BEGIN", "COMMIT", "END", "ROLLBACK",
	"SAVEPOINT", "RELEASE"}

// isUpdate says whether a statement changes something and returns no rows.
func isUpdate(sql string) bool {
	var first, changing string
	depth := 0
	for _, word := range token.FindAllString(sql, -1) {
		upper := strings.ToUpper(word)
		switch {
		case strings.HasPrefix(word, "--") || strings.HasPrefix(word, "/*"):
			continue
		case word == "(":
			depth++
		case word == ")":
			depth--
		case upper == "RETURNING" && depth == 0:
			return false
		case slices.Contains(changes, upper) && depth == 0 && changing == "" && (first == "" || first == "WITH"):
			changing = upper
		}
		if first == "" || first == "WITH" && depth == 0 && (upper == "SELECT" || upper == "VALUES") {
			first = upper
		}
	}
	return changing != ""
}

// directives are wishes of a test, in a comment of its SQL such as
// /* poll:3 endpoints:4 lost:2 */.
type directives struct {
	poll      int           // so many PollFlightInfo until the result is whole
	lost      int           // this one of them is lost once: UNAVAILABLE
	wait      time.Duration // each poll takes so long
	progress  []string      // what they say, "-" for nothing; default: the share done
	endpoints int
	expires   time.Duration // of the endpoints, 0: never
	info      time.Duration // before GetFlightInfo answers
	first     time.Duration // before the first batch
	each      time.Duration // before each batch
	schema    bool          // FlightInfo carries it
}

var comment = regexp.MustCompile(`(?s)/\*(.*?)\*/`)

func (s *server) directives(sql string) directives {
	d := directives{
		poll: s.settings.pollSteps, lost: s.settings.pollLost, wait: s.settings.pollWait,
		endpoints: s.settings.endpoints, expires: s.settings.expires,
	}
	for _, found := range comment.FindAllStringSubmatch(sql, -1) {
		for _, word := range strings.Fields(found[1]) {
			key, value, _ := strings.Cut(word, ":")
			number, _ := strconv.Atoi(value)
			duration, _ := time.ParseDuration(value)
			switch key {
			case "poll":
				d.poll = number
			case "lost":
				d.lost = number
			case "wait":
				d.wait = duration
			case "progress":
				d.progress = strings.Split(value, ",")
			case "endpoints":
				d.endpoints = number
			case "expires":
				d.expires = duration
			case "info":
				d.info = duration
			case "first":
				d.first = duration
			case "each":
				d.each = duration
			case "schema":
				d.schema = true
			}
		}
	}
	if d.poll > 1 && d.endpoints == 0 {
		d.endpoints = d.poll
	}
	return d
}
