mkdir -p /usr/local/bin /srv/www /run/lab
printf '#!/bin/sh\nexec setpriv --reuid=learner --regid=learner --clear-groups "$@"\n' > /usr/local/bin/as-learner
chmod +x /usr/local/bin/as-learner
echo "served without root" > /srv/www/index.html
chmod 755 /srv /srv/www
ip link set lo up
