module pod
go 1.22
