import Martlet

// Notes that a person writes after logging in: routes, a blueprint, forms, sessions, templates.

actor Notes {
    struct Note: Codable {
        let id: Int
        let author: String
        let text: String
    }

    private var notes: [Note] = []

    var all: [Note] { notes.reversed() }

    func add(_ text: String, by author: String) {
        notes.append(Note(id: notes.count + 1, author: author, text: text))
    }

    subscript(id: Int) -> Note? { notes.first { $0.id == id } }
}

struct Login: Decodable { let name: String }
struct NewNote: Decodable, Sendable { let text: String }
struct Page: Encodable { let notes: [Notes.Note] }

let notes = Notes()
let app = App()
app.templates(in: "templates")
// A secret of its own for each start is for an example: with it, all sessions end. A real one comes from outside the sources.
app.sessions(.random())

app.get("/", name: "index") { request in try request.render("index.html", Page(notes: await notes.all)) }
app.get("/<int:id>", name: "note") { (id: Int) in await notes[id] }

app.get("/login", name: "login") { request in try request.render("login.html") }
app.post("/login") { request in
    let login = try await request.decode(Login.self)
    request.session["user"] = .string(login.name)
    return Response.redirect(to: try app.url(for: "index", mountPath: request.mountPath), status: .seeOther)
}
app.post("/logout", name: "logout") { request in
    request.session.clear()
    return Response.redirect(to: try app.url(for: "index", mountPath: request.mountPath), status: .seeOther)
}

let writing = Blueprint("writing")
writing.before { (request: inout Request) -> Response? in
    guard request.session["user"] == nil else { return nil }
    request.session.flash("Please log in first.")
    return Response.redirect(to: try app.url(for: "login", mountPath: request.mountPath), status: .seeOther)
}
writing.post("/notes", name: "add", body: NewNote.self) { request, note in
    guard !note.text.isEmpty else { throw Abort(.badRequest, "A note needs a text.") }
    await notes.add(note.text, by: request.session["user", as: String.self] ?? "")
    request.session.flash("Your note is kept.")
    return Response.redirect(to: try app.url(for: "index", mountPath: request.mountPath), status: .seeOther)
}
app.register(writing)
app.openAPI(title: "Notes", version: "1")

try await app.run()
