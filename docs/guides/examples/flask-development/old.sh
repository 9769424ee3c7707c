flask --app shop run --debug --port 5000
