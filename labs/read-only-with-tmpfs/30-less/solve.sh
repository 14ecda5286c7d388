docker run -d --name guarded --read-only --user 1000 --cap-drop ALL --security-opt no-new-privileges busybox sleep 10000
