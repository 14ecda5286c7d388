# expect: No container named
docker commit "$name" "twin:$word"
