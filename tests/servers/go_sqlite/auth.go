// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

type authSettings struct {
	fixedToken  string
	prefix      string // of tokens that are taken as if they had been given
	inHeader    bool
	noHandshake bool
	padded      bool
	uses        int
	lasts       time.Duration
	rotate      bool
}

// grant is what a token stands for.
type grant struct {
	user  string
	left  int       // calls it is still good for, unless there is no limit
	until time.Time // zero: no limit
}

// auth knows the users and the tokens it gave them.
type auth struct {
	authSettings
	users map[string]string

	mutex  sync.Mutex
	tokens map[string]*grant
}

type userKey struct{}

// userOf is the user a call runs for, "" where the server asks for none.
func userOf(ctx context.Context) string {
	user, _ := ctx.Value(userKey{}).(string)
	return user
}

func newAuth(users map[string]string, s authSettings) *auth {
	return &auth{authSettings: s, users: users, tokens: map[string]*grant{}}
}

func (a *auth) middleware() flight.ServerMiddleware { return before(a.check) }

func (a *auth) check(ctx context.Context, method string) (context.Context, error) {
	scheme, credential := authorization(ctx)
	if strings.HasSuffix(method, "/Handshake") {
		return ctx, a.handshake(ctx, scheme, credential)
	}
	user, err := a.identify(scheme, credential)
	if err != nil {
		return ctx, err
	}
	if a.rotate && scheme == "bearer" && credential != a.fixedToken {
		if err := grpc.SetHeader(ctx, bearer(a.newToken(user))); err != nil {
			return ctx, err
		}
	}
	return context.WithValue(ctx, userKey{}, user), nil
}

func (a *auth) handshake(ctx context.Context, scheme, credential string) error {
	if a.noHandshake {
		return status.Error(codes.Unimplemented, "no handshake here")
	}
	if scheme != "basic" {
		return status.Error(codes.Unauthenticated, "the handshake wants Basic")
	}
	user, err := a.login(credential)
	if err != nil {
		return err
	}
	if a.inHeader {
		return grpc.SetHeader(ctx, bearer(a.newToken(user)))
	}
	return grpc.SetTrailer(ctx, bearer(a.newToken(user)))
}

func (a *auth) identify(scheme, credential string) (string, error) {
	switch {
	case scheme == "bearer":
		return a.spend(credential)
	case scheme == "basic" && a.noHandshake:
		return a.login(credential)
	case scheme == "":
		return "", status.Error(codes.Unauthenticated, "must authenticate first")
	}
	return "", status.Errorf(codes.Unauthenticated, "%s is not accepted here", scheme)
}

// login checks a Basic credential. Go's clients send it without RFC 4648's padding,
// which Java's and Rust's servers refuse.
func (a *auth) login(credential string) (string, error) {
	if !a.padded {
		credential = pad(credential)
	}
	text, err := base64.StdEncoding.DecodeString(credential)
	if err != nil {
		return "", status.Errorf(codes.Unauthenticated, "Basic: %v", err)
	}
	user, password, _ := strings.Cut(string(text), ":")
	if want, found := a.users[user]; !found || want != password {
		return "", status.Error(codes.Unauthenticated, "bad user or password")
	}
	return user, nil
}

func pad(credential string) string {
	return credential + strings.Repeat("=", -len(credential)&3)
}

func (a *auth) spend(token string) (string, error) {
	if token == a.fixedToken && token != "" {
		return "token", nil
	}
	a.mutex.Lock()
	defer a.mutex.Unlock()
	g, found := a.tokens[token]
	if !found && a.prefix != "" && strings.HasPrefix(token, a.prefix) {
		g, found = a.grant(token, "token"), true
	}
	if !found {
		return "", status.Error(codes.Unauthenticated, "bad token")
	}
	if a.uses > 0 && g.left == 0 || !g.until.IsZero() && time.Now().After(g.until) {
		return "", status.Error(codes.Unauthenticated, "the token has expired")
	}
	g.left--
	return g.user, nil
}

func (a *auth) newToken(user string) string {
	token := rand.Text()
	a.mutex.Lock()
	defer a.mutex.Unlock()
	a.grant(token, user)
	return token
}

func (a *auth) grant(token, user string) *grant {
	g := &grant{user: user, left: a.uses}
	if a.lasts > 0 {
		g.until = time.Now().Add(a.lasts)
	}
	a.tokens[token] = g
	return g
}

// expireAll ends every token there is; the fixed one is for ever.
func (a *auth) expireAll() {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, g := range a.tokens {
		g.until = time.Unix(0, 1)
	}
}

func bearer(token string) metadata.MD {
	return metadata.Pairs("authorization", "Bearer "+token)
}

// authorization is the first such header's scheme, in small letters, and the rest.
func authorization(ctx context.Context) (scheme, credential string) {
	headers, _ := metadata.FromIncomingContext(ctx)
	if values := headers.Get("authorization"); len(values) > 0 {
		scheme, credential, _ = strings.Cut(values[0], " ")
	}
	return strings.ToLower(scheme), credential
}
