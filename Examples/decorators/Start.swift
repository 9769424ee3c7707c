import Martlet

@main struct Start {
    static func main() async throws {
        #if !Decorators
        print("This example is built with its routes by: swift run --traits Decorators decorators")
        #endif
        try await App().run()
    }
}
