// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"time"
)

type settings struct {
	listen     string
	unix       string
	control    string
	cert, key  string
	clientCA   string
	users      userList
	auth       authSettings
	sessions   bool
	gzip       bool
	maxMessage int
	callLog    string
	faults     faults
	puts       putSettings
	databases  databaseSettings
	sql        sqlSettings
}

// userList is the flag -user NAME:PASSWORD, which may be given several times.
type userList map[string]string

func (u userList) String() string { return fmt.Sprint(len(u), " users") }

func (u userList) Set(text string) error {
	name, password, found := strings.Cut(text, ":")
	if !found || name == "" {
		return errors.New("want NAME:PASSWORD")
	}
	u[name] = password
	return nil
}

// nameList is a flag that may be given several times, or names divided by semicolons.
type nameList []string

func (l *nameList) String() string { return strings.Join(*l, ";") }

func (l *nameList) Set(text string) error {
	*l = append(*l, strings.Split(text, ";")...)
	return nil
}

// choice is a flag with a few values, the first of which is the default.
type choice struct {
	value *string
	all   []string
}

func (c choice) String() string { return strings.Join(c.all, "|") }

func (c choice) Set(text string) error {
	if !slices.Contains(c.all, text) {
		return fmt.Errorf("want one of %s", strings.Join(c.all, ", "))
	}
	*c.value = text
	return nil
}

func choose(value *string, name, usage string, all ...string) {
	*value = all[0]
	flag.Var(choice{value, all}, name, usage+": "+strings.Join(all, ", "))
}

func (s *settings) parse() {
	s.transportFlags()
	s.authFlags()
	s.databaseFlags()
	s.preparedFlags()
	s.resultFlags()
	s.infoFlags()
	flag.Parse()
	s.puts.bound = s.sql.bound
}

func (s *settings) transportFlags() {
	flag.StringVar(&s.listen, "listen", "127.0.0.1:0", "address and port (0: any free one)")
	flag.StringVar(&s.unix, "unix", "", "a socket's path, instead of an address")
	flag.StringVar(&s.control, "control", "", "address and port of the control port (HTTP)")
	flag.StringVar(&s.cert, "cert", "", "certificate chain: speak TLS")
	flag.StringVar(&s.key, "key", "", "its private key")
	flag.StringVar(&s.clientCA, "client-ca", "", "ask for client certificates of this CA")
	flag.BoolVar(&s.gzip, "gzip", false, "compress messages where the client allows it")
	flag.IntVar(&s.maxMessage, "max-message", 4<<20, "bytes of the largest message that is taken")
	flag.StringVar(&s.callLog, "call-log", "", "write each call as a line of JSON to this file")
	flag.Var(&s.faults, "fail", "NAME=CODE[,times=N][,skip=N][,after=N|end], may be repeated:"+
		" calls fail with that gRPC code; NAME is RPC/COMMAND or either of them")
	flag.BoolVar(&s.puts.discard, "discard", false, "swallow ingests and bound batches, only count their rows")
}

func (s *settings) authFlags() {
	s.users = userList{}
	flag.Var(s.users, "user", "NAME:PASSWORD, may be repeated: ask for Basic or a token")
	flag.StringVar(&s.auth.fixedToken, "token", "", "accept this bearer token, as user 'token'")
	flag.StringVar(&s.auth.prefix, "token-prefix", "",
		"accept bearer tokens that begin so, within -token-uses and -token-lasts of each")
	flag.BoolVar(&s.auth.inHeader, "token-in-header", false,
		"the handshake's token goes into the headers (default: trailers)")
	flag.BoolVar(&s.auth.noHandshake, "no-handshake", false,
		"Handshake is unimplemented: Basic is accepted on every call")
	flag.BoolVar(&s.auth.padded, "padded", false, "refuse Basic without base64's padding")
	flag.IntVar(&s.auth.uses, "token-uses", 0, "a token is good for so many calls (0: any)")
	flag.DurationVar(&s.auth.lasts, "token-lasts", 0, "a token is good so long (0: always)")
	flag.BoolVar(&s.auth.rotate, "rotate", false, "every answer carries a new token")
}

func (s *settings) databaseFlags() {
	flag.StringVar(&s.databases.folder, "folder", "", "of the database files (default: a temporary one)")
	flag.BoolVar(&s.databases.apart, "tenants", false,
		"one database for each user and value of the header x-tenant")
	flag.Var(&s.databases.catalogs, "catalog", "one more catalog beside main, may be repeated")
	flag.IntVar(&s.databases.tables, "tables", 0, "make so many tables, many_0001 and so on")
	flag.IntVar(&s.databases.fields, "columns", 20, "of each of them")
	flag.BoolVar(&s.sessions, "sessions", false, "session options kept under a cookie")
}

func (s *settings) preparedFlags() {
	choose(&s.sql.schemas, "schemas", "dataset and parameter schemas of prepared statements", "none", "given")
	flag.Var(&s.sql.parameterTypes, "parameter-types",
		"with -schemas given, what parameters have to be, in order: null, int64, utf8, ...")
	choose(&s.sql.isUpdate, "is-update", "is_update of prepared statements", "unset", "right", "true", "false")
	choose(&s.sql.bind, "bind", "rows of parameters that are taken", "all", "one", "none")
	choose(&s.sql.bound, "bound", "the answer to a bind", "handle", "new", "empty", "none")
	choose(&s.puts.count, "count", "the answer to updates and ingests", "exact", "unknown", "none")
	flag.BoolVar(&s.sql.closeAll, "close-all", false, "closing the empty handle closes all prepared statements")
}

func (s *settings) resultFlags() {
	flag.IntVar(&s.sql.endpoints, "endpoints", 0, "results have so many endpoints")
	flag.Var(&s.sql.locations, "location", "of endpoints, may be repeated; 'self' is this server")
	flag.DurationVar(&s.sql.expires, "expires", 0, "endpoints end after that")
	flag.BoolVar(&s.sql.exampleReader, "example-reader", false,
		"results as arrow-go's example reads them: it panics at columns declared TIMESTAMP")
	flag.BoolVar(&s.sql.singleUse, "single-use", false, "a ticket is good for one DoGet")
	flag.IntVar(&s.sql.pollSteps, "poll-steps", 1, "PollFlightInfo needs so many to see a whole result")
	flag.IntVar(&s.sql.pollLost, "poll-lost", 0, "this poll of each query is lost once: UNAVAILABLE")
	flag.DurationVar(&s.sql.pollWait, "poll-wait", 5*time.Millisecond, "a poll takes so long")
}

func (s *settings) infoFlags() {
	s.sql.sqlInfo = infoList{}
	flag.Var(s.sql.sqlInfo, "sql-info", "ID=JSON, may be repeated: what GetSqlInfo says")
	flag.BoolVar(&s.sql.permuted, "permuted-sql-info", false,
		"the union of GetSqlInfo has its children in another order, with other type ids")
	flag.BoolVar(&s.sql.unknownInfo, "skip-unknown-sql-info", false,
		"leave out what GetSqlInfo does not know, and add id 0 (default: NOT_FOUND)")
	flag.StringVar(&s.sql.escape, "like-escape", "", "escapes % and _ in patterns, and is SqlInfo 513")
	flag.BoolVar(&s.sql.protoNames, "proto-names", false,
		"the schema of a column is DB_SCHEMA_NAME, not SCHEMA_NAME")
	flag.BoolVar(&s.sql.odd, "odd-metadata", false,
		"metadata in large_utf8, nullable, upper case names, the columns the other way round")
}
