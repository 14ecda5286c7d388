printf 'FROM child:1\nRUN touch /own\n' | docker build -q -t grandchild:1 -
