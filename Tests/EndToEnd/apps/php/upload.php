<?php // Files of a form, by their names, sizes and sums.
header('Content-Type: application/json');
$files = [];
foreach ($_FILES as $field => $file) {
    $files[$field] = [$file['name'], $file['size'], hash_file('sha256', $file['tmp_name'])];
}
echo json_encode(['files' => $files, 'post' => $_POST]);
