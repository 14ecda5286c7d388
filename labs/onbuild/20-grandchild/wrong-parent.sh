# expect: not built from child:1 with one step
printf 'FROM parent:1\nRUN touch /own\nRUN true > /more\n' | docker build -q -t grandchild:1 -
