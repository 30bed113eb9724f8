// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"log"
	"runtime/debug"

	"github.com/apache/arrow-go/v18/arrow/flight"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/encoding/gzip"
	"google.golang.org/grpc/status"
)

// before makes a middleware of one function that runs before each call: it may
// refuse the call, or give it another context.
func before(check func(ctx context.Context, method string) (context.Context, error)) flight.ServerMiddleware {
	return flight.ServerMiddleware{
		Unary: func(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
			ctx, err := check(ctx, info.FullMethod)
			if err != nil {
				return nil, err
			}
			return next(ctx, request)
		},
		Stream: func(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) error {
			ctx, err := check(stream.Context(), info.FullMethod)
			if err != nil {
				return err
			}
			return next(server, &streamIn{stream, ctx})
		},
	}
}

// streamIn is a stream with a context of its own.
type streamIn struct {
	grpc.ServerStream
	ctx context.Context
}

func (s *streamIn) Context() context.Context { return s.ctx }

// recoverPanics answers INTERNAL where the example panics (a column declared
// TIMESTAMP, for one), which would end the process.
func recoverPanics() flight.ServerMiddleware {
	recovered := func(method string, err *error) {
		if cause := recover(); cause != nil {
			log.Printf("panic in %s: %v\n%s", method, cause, debug.Stack())
			*err = status.Errorf(codes.Internal, "panic: %v", cause)
		}
	}
	return flight.ServerMiddleware{
		Unary: func(ctx context.Context, request any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (_ any, err error) {
			defer recovered(info.FullMethod, &err)
			return next(ctx, request)
		},
		Stream: func(server any, stream grpc.ServerStream, info *grpc.StreamServerInfo, next grpc.StreamHandler) (err error) {
			defer recovered(info.FullMethod, &err)
			return next(server, stream)
		},
	}
}

func compressAnswers() flight.ServerMiddleware {
	return before(func(ctx context.Context, _ string) (context.Context, error) {
		// Refused when the client did not name gzip in grpc-accept-encoding.
		if err := grpc.SetSendCompressor(ctx, gzip.Name); err != nil {
			log.Print("not compressed: ", err)
		}
		return ctx, nil
	})
}
