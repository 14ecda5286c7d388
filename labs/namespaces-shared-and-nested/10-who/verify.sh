[ "$(hostname)" != "$host" ] || say "The machine itself is called $host now. Set it back (hostname lab), and change the name in the third one's namespace."
for n in anna bert cleo; do
    pid=$(pgrep -x $n) || say "/opt/$n is gone; reset the step."
    have=$(host_of "$pid")
    if [ $n = "$odd" ]; then third=$have; elif [ "$have" = "$host" ]; then say "$n has the new host name, and so has another: that is the namespace which two of them share."; fi
done
[ "$third" = "$host" ] || say "No UTS namespace of the three has the host name $host yet."
