printf 'FROM busybox\nONBUILD RUN echo %s > /etc/built-by\n' "$word" | docker build -q -t mother:1 -
printf 'FROM mother:1\n' | docker build -q -t daughter:1 -
