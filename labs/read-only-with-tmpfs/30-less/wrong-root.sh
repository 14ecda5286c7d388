# expect: does not run as the user 1000
docker run -d --name guarded --read-only --cap-drop ALL --security-opt no-new-privileges busybox sleep 10000
