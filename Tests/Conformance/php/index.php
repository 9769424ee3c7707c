<?php // What the matrix of listeners and applications asks for, as matrix.py and raw.py have it, for every path below its folder.

$mount = rtrim(dirname($_SERVER['SCRIPT_NAME']), '/');
$path = substr(rawurldecode(explode('?', $_SERVER['REQUEST_URI'], 2)[0]), strlen($mount));
$method = $_SERVER['REQUEST_METHOD'];

function text(int $status, string $body, array $fields = []): void
{
    http_response_code($status);
    header('Content-Type: text/plain; charset=utf-8');
    header('Content-Length: ' . strlen($body));
    foreach ($fields as $field) {
        header($field, false);
    }
    echo $body;
}

function facts(): void
{
    global $mount, $path, $method;
    text(200, json_encode([
        'method' => $method, 'mount' => $mount, 'path' => $path, 'query' => $_SERVER['QUERY_STRING'] ?? '',
        'scheme' => empty($_SERVER['HTTPS']) ? 'http' : 'https', 'address' => $_SERVER['REMOTE_ADDR'],
        'server' => $_SERVER['SERVER_NAME'], 'port' => $_SERVER['SERVER_PORT'], 'forwarded' => $_SERVER['HTTP_X_FORWARDED_FOR'] ?? '',
    ]));
}

function seen(): void
{
    global $path, $method;
    $headers = ['content-type' => $_SERVER['CONTENT_TYPE'] ?? ''];
    foreach (['x-one', 'x-many', 'user-agent', 'cookie'] as $name) {
        $headers[$name] = $_SERVER['HTTP_' . strtoupper(strtr($name, '-', '_'))] ?? '';
    }
    text(200, json_encode([
        'method' => $method, 'path' => $path, 'query' => $_SERVER['QUERY_STRING'] ?? '', 'length' => $_SERVER['CONTENT_LENGTH'] ?? '',
        'headers' => array_filter($headers),
    ]));
}

function many(): void
{
    $own = array_filter(array_keys($_SERVER), fn ($name) => str_starts_with($name, 'HTTP_X_IN_'));
    $fields = array_map(fn ($number) => "X-Out-$number: value $number", range(0, 59));
    text(200, count($own) . ' ' . strlen($_SERVER['HTTP_X_LONG'] ?? ''), [...$fields, 'X-Long: ' . str_repeat('y', 3000)]);
}

function large(): void
{
    $block = str_repeat('0123456789abcdef', 4096);
    header('Content-Type: text/plain');
    header('Content-Length: ' . (int) $_GET['blocks'] * strlen($block));
    for ($count = (int) $_GET['blocks']; $count > 0; $count--) {
        echo $block;
    }
}

function stream(string ...$pieces): void
{
    header('Content-Type: text/plain');
    foreach ($pieces as $piece) {
        echo $piece;
        flush();
    }
}

function short(): void
{
    header('Content-Length: 10');
    stream('short');
}

function errorLate(): void
{
    stream("one\n");
    throw new Exception('secret');
}

$read = ['GET', 'HEAD'];
$routes = [
    '/hello' => [$read, fn () => text(200, 'Hello World!')],
    '/echo' => [['POST'], fn () => text(200, file_get_contents('php://input'))],
    '/head' => [$read, fn () => text(200, 'head', ["X-Method: $method"])],
    '/cookies' => [$read, fn () => text(200, '', ['Set-Cookie: a=1; Path=/', 'Set-Cookie: b=2; Path=/'])],
    '/bad-header' => [$read, fn () => text(200, '', ["X-Text: a\r\nX-Injected: b"])],
    '/stream' => [$read, fn () => stream("one\n", "two\n", "three\n")],
    '/short' => [$read, short(...)],
    '/error' => [$read, fn () => throw new Exception('secret')],
    '/error-late' => [$read, errorLate(...)],
    '/redirect' => [$read, fn () => text(302, '', ['Location: ' . $_GET['to']])],
    '/facts' => [[$method], facts(...)],
    '/many' => [$read, many(...)],
    '/large' => [$read, large(...)],
];

if (preg_match('#^/status/(\d+)$#', $path, $found)) {
    http_response_code((int) $found[1]);
    header('Content-Type: text/plain');
    echo "status $found[1]";
} elseif ($path === '/headers' || str_starts_with($path, '/headers/')) {
    seen();
} elseif (!isset($routes[$path])) {
    text(404, "Not Found\n");
} elseif (!in_array($method, $routes[$path][0])) {
    text(405, "Method Not Allowed\n", ['Allow: ' . implode(', ', $routes[$path][0])]);
} else {
    $routes[$path][1]();
}
