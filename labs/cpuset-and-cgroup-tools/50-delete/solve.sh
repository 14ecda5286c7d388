cgdelete -g "cpuset:/$name"
