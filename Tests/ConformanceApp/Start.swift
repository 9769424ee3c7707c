import Martlet

/// The reference application as a program of its own: for the matrix, which asks it through every listener.
@main
enum Start {
    static func main() async throws {
        let app = referenceApp()
        MatrixRoutes.add(to: app)
        try await app.run()
    }
}
