mounted merged upper
