import Martlet

let app = App()

app.get("/hello") { "Hello World!" }

try await app.run()
