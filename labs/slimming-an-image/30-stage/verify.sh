image app:stage
[ "$(size_of app:stage)" -le 3000000 ] || { echo "app:stage has $(($(size_of app:stage) / 1000000)) MB; take only /run.sh over."; exit 1; }
more=$(($(layers_of app:stage) - $(layers_of busybox)))
[ "$more" -le 1 ] || { echo "app:stage has $more layers more than busybox; one COPY is enough."; exit 1; }
docker history --no-trunc --format '{{.CreatedBy}}' app:stage | grep -q 'COPY' || { echo "app:stage was not made by a COPY from another stage."; exit 1; }
says app:stage
