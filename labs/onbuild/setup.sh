printf 'FROM busybox\nONBUILD RUN mkdir -p %s && echo %s > %s\n' "${file%/*}" "$word" "$file" | docker build -q -t parent:1 - >/dev/null
printf 'FROM parent:1\n' | docker build -q -t child:1 - >/dev/null
