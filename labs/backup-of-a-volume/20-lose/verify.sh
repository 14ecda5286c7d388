[ -z "$(ask '{{.Id}}' writer)" ] || { echo "writer is still there."; exit 1; }
[ -z "$(data_of "$volume")" ] || { echo "The volume $volume is still there: neither rm nor rm -v removes a named volume."; exit 1; }
[ -s /root/backup.tar ] || { echo "The backup is gone! Reset the lab."; exit 1; }
