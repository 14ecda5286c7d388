ask() { docker inspect -f "$1" "$2" 2>/dev/null; }
there() { curl -fs -m 2 "http://127.0.0.1:$port/v2/$1" 2>/dev/null; }
