package server

import (
	"slices"
	"sync"

	"github.com/labstack/echo/v4"
)

// chained returns next behind the given layers, the first one outermost.
func chained(next echo.HandlerFunc, layers ...echo.MiddlewareFunc) echo.HandlerFunc {
	for _, layer := range slices.Backward(layers) {
		next = layer(next)
	}
	return next
}

// ofEvery makes layers around whatever handler the router finds. echo would make each layer anew for every request;
// these are made once.
func ofEvery(layers ...echo.MiddlewareFunc) echo.MiddlewareFunc {
	found := func(c echo.Context) error { return c.Handler()(c) }
	all := chained(found, layers...)
	return func(echo.HandlerFunc) echo.HandlerFunc { return all }
}

// ofRoute makes layers around the handler of one route, once.
func ofRoute(layers ...echo.MiddlewareFunc) echo.MiddlewareFunc {
	var made sync.Once
	var all echo.HandlerFunc
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		made.Do(func() { all = chained(next, layers...) })
		return all
	}
}
