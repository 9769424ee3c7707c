import Martlet

let app = App()
app.templates(in: "templates")
app.static(from: "static")

app.get("/", name: "index") { request in try request.render("index.html") }
app.get("/new/<int:id>", name: "new") { (id: Int) in "Swift answers for \(id)." }

// The old application goes on as it is; route by route, Swift takes over.
app.mount("/legacy", WSGI("legacy:app"), name: "legacy")
app.get("/legacy/moved") { "Swift answers here now." }

try await app.run()
