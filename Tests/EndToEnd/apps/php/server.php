<?php // What PHP knows of a request.
header('Content-Type: application/json');
$known = ['server' => $_SERVER, 'get' => $_GET, 'post' => $_POST, 'cookies' => $_COOKIE, 'input' => file_get_contents('php://input')];
echo json_encode($known, JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
