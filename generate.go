// Package cde is the OpenAPI pair for the Productsup CDE API.
package cde
