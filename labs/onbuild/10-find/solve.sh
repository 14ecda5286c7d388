docker image inspect -f '{{index .Config.OnBuild 0}}' parent:1 | sed 's/.*echo \([^ ]*\) .*/\1/' > /root/word
