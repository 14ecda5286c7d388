# expect: no-new-privileges is off
docker run -d --name guarded --read-only --user 1000 --cap-drop ALL busybox sleep 10000
