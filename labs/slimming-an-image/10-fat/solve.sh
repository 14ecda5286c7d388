[ -e /root/app/Dockerfile ] && docker build -q -t app:fat /root/app
