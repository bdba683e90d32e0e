module patron/examples/http-secure/client

go 1.24
