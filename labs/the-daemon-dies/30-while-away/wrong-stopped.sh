# expect: The engine is stopped
service docker stop
