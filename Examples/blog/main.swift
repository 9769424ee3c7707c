import Martlet

// The blog at http://127.0.0.1:8000: `swift run blog` in this folder. Two variables of the environment are its settings.
let settings = BlogSettings.ofEnvironment()
let app = try blog(settings)
try await app.run()
