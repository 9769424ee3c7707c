import Martlet

struct Credentials: Decodable {
    var name = ""
    var password = ""
}

/// Registering, logging in and out.
func accounts(_ database: BlogDatabase) -> Blueprint {
    let accounts = Blueprint("auth", prefix: "/auth")

    accounts.get("/register", name: "register") { request in try request.render("auth/register.html") }
    accounts.post("/register") { request in
        let form = try await request.decode(Credentials.self)
        let problem: String? =
            if form.name.isEmpty {
                "A name is needed."
            } else if form.password.isEmpty {
                "A password is needed."
            } else if try await !database.addUser(form.name, password: Password.hash(form.password)) {
                "Somebody else is called \(form.name)."
            } else {
                nil
            }
        guard let problem else {
            request.session.flash("Welcome, \(form.name). Now log in.")
            return try request.redirect(to: ".login", status: .seeOther)
        }
        request.session.flash(problem)
        return try request.render("auth/register.html", ["name": .string(form.name)]).response(to: request)
    }

    accounts.get("/login", name: "login") { request in try request.render("auth/login.html") }
    accounts.post("/login") { request in
        let form = try await request.decode(Credentials.self)
        let user = try await database.user(named: form.name)
        guard try await Password.matches(form.password, user?.password), let user else {
            request.session.flash("Nobody has this name and this password.")
            return try request.render("auth/login.html", ["name": .string(form.name)]).response(to: request)
        }
        request.session.clear()
        request.session["user"] = .int(user.id)
        request.session["name"] = .string(user.name)
        return try request.redirect(to: "blog.index", status: .seeOther)
    }

    accounts.post("/logout", name: "logout") { request in
        request.session.clear()
        return try request.redirect(to: "blog.index", status: .seeOther)
    }
    return accounts
}

/// Lets in who has logged in; everybody else is sent to the form.
struct Member: Guard {
    func identity(of request: Request) throws -> Int {
        guard let id = request.session["user", as: Int.self] else {
            throw NotLoggedIn(form: try request.url(for: "auth.login"))
        }
        return id
    }
}

struct NotLoggedIn: ResponseError {
    let form: String
    var response: Response { .redirect(to: form) }
}
