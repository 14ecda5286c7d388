# expect: does not have the common name
make_ca localhost
