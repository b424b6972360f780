module github.com/productsupcom/cde

go 1.26.0
