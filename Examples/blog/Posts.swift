import Martlet

struct Draft: Decodable {
    var title = ""
    var body = ""
}

/// Of a post that somebody wants to change.
struct NotTheAuthor: Error {}

struct IndexPage: Encodable { let posts: [Post] }

/// Reading for everybody, writing for who has logged in, changing for the author.
func posts(_ database: BlogDatabase) -> Blueprint {
    let blog = Blueprint("blog")
    let member = blog.guarded(by: Member())

    @Sendable func own(_ id: Int, _ request: Request) async throws -> Post {
        guard let post = try await database.post(id) else { throw Abort(.notFound) }
        guard post.author == (try request.identity(Int.self)) else { throw NotTheAuthor() }
        return post
    }

    blog.get("/", name: "index") { request in
        try request.render("blog/index.html", IndexPage(posts: try await database.posts()))
    }

    member.get("/create", name: "create") { request in try request.render("blog/create.html") }
    member.post("/create") { request in
        let draft = try await request.decode(Draft.self)
        guard !draft.title.isEmpty else {
            request.session.flash("A title is needed.")
            return try request.render("blog/create.html", ["body": .string(draft.body)]).response(to: request)
        }
        try await database.addPost(draft.title, draft.body, by: try request.identity(Int.self))
        return try request.redirect(to: ".index", status: .seeOther)
    }

    member.get("/<int:id>/update", name: "update") { (request: Request, id: Int) in
        let post = try await own(id, request)
        return try request.render(
            "blog/update.html",
            ["id": .int(id), "title": .string(post.title), "body": .string(post.body)]
        )
    }
    member.post("/<int:id>/update") { (request: Request, id: Int) in
        let post = try await own(id, request)
        let draft = try await request.decode(Draft.self)
        guard !draft.title.isEmpty else {
            request.session.flash("A title is needed.")
            return try request.render(
                "blog/update.html",
                ["id": .int(id), "title": .string(post.title), "body": .string(draft.body)]
            ).response(to: request)
        }
        try await database.changePost(id, draft.title, draft.body)
        return try request.redirect(to: ".index", status: .seeOther)
    }

    member.post("/<int:id>/delete", name: "delete") { (request: Request, id: Int) in
        _ = try await own(id, request)
        try await database.deletePost(id)
        return try request.redirect(to: ".index", status: .seeOther)
    }
    return blog
}
