make_ca "$org"
