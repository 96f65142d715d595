BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0005');
CREATE TABLE attempts (
	id VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	nodes TEXT NOT NULL, 
	hosts TEXT NOT NULL, 
	directory VARCHAR NOT NULL, 
	state VARCHAR, 
	rc INTEGER, 
	message TEXT, 
	started FLOAT NOT NULL, 
	ended FLOAT, 
	interrupted_hosts TEXT, 
	leftovers TEXT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES('20261130-003735-cef807.000001','20261130-003735-cef807','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261130-003735-cef807.000001','finished',2,NULL,1.79599905603937911981e+09,1.79599905609179782864e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261130-003736-e060c8.000001','20261130-003736-e060c8','["p/m/t/a", "p/m/t/b"]','["h1", "h2"]','attempts/20261130-003736-e060c8.000001','finished',0,NULL,1.79599905616859269142e+09,1.79599905617025375368e+09,'[]','[]');
INSERT INTO "attempts" VALUES('20261130-003736-e060c8.000002','20261130-003736-e060c8','["p/m/t/c"]','["h1", "h2"]','attempts/20261130-003736-e060c8.000002','finished',0,NULL,1.79599905617078018185e+09,1.79599905617197394373e+09,'[]','[]');
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	time FLOAT NOT NULL, 
	who VARCHAR NOT NULL, 
	what VARCHAR NOT NULL, 
	cluster VARCHAR, 
	task VARCHAR, 
	detail TEXT NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "audit" VALUES(1,1.79599905587849903105e+09,'root@vm, process 1468','task-created','shop','20261130-003735-cef807','apply');
INSERT INTO "audit" VALUES(2,1.7959990561364824772e+09,'root@vm, process 1468','task-created','shop','20261130-003736-e060c8','apply');
INSERT INTO "audit" VALUES(3,1.79599905623459911345e+09,'root@vm, process 1468','task-created','shop','20261130-003736-04ebc3','verify');
CREATE TABLE blobs (
	digest VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	body BLOB NOT NULL, 
	PRIMARY KEY (digest)
);
INSERT INTO "blobs" VALUES('70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',400013,X'7801EDD0311500100005C02E3F863C7603264F1B4D1493C276EF1ADC4A1FB5CD91927B3060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103060C183060C0800103FF07B21FC5C6D947');
CREATE TABLE "clusters" (
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	project VARCHAR DEFAULT 'default' NOT NULL, 
	label VARCHAR, 
	PRIMARY KEY (name), 
	CONSTRAINT clusters_project_fkey FOREIGN KEY(project) REFERENCES projects (id), 
	CONSTRAINT clusters_by_label UNIQUE (project, label)
);
INSERT INTO "clusters" VALUES('shop',1.79599905583455395703e+09,'default',NULL);
CREATE TABLE compatibility (
	oldest_program VARCHAR NOT NULL, 
	PRIMARY KEY (oldest_program)
);
INSERT INTO "compatibility" VALUES('0004');
CREATE TABLE documents (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	CONSTRAINT documents_by_version UNIQUE (cluster, version)
);
CREATE TABLE events (
	task VARCHAR NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR NOT NULL, 
	time FLOAT NOT NULL, 
	attempt VARCHAR, 
	node VARCHAR, 
	host VARCHAR, 
	body TEXT NOT NULL, 
	blob VARCHAR(64), line INTEGER, 
	PRIMARY KEY (task, seq), 
	FOREIGN KEY(blob) REFERENCES blobs (digest), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "events" VALUES('20261130-003735-cef807',1,'task-started',1.79599905603921246527e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1795999056.0392125,"result":{"task_id":"20261130-003735-cef807","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',2,'attempt-started',1.79599905603937911981e+09,'20261130-003735-cef807.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1795999056.0393791,"attempt":"20261130-003735-cef807.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261130-003735-cef807.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":1468,"started":8792746}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',3,'node-started',1.79599905603941512109e+09,'20261130-003735-cef807.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1795999056.0394151,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',4,'play-started',1.79599905609161019327e+09,'20261130-003735-cef807.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1795999056.0916102,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',5,'host-task-started',1.79599905609165525432e+09,'20261130-003735-cef807.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1795999056.0916553,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',6,'host-task-started',1.79599905609166312215e+09,'20261130-003735-cef807.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1795999056.0916631,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',7,'host-task-finished',1.79599905609168171882e+09,'20261130-003735-cef807.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1795999056.0916817,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',8,'host-task-finished',1.79599905609169077872e+09,'20261130-003735-cef807.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1795999056.0916908,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"failed","message":"simulated: failed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',9,'play-started',1.79599905609169697758e+09,'20261130-003735-cef807.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1795999056.091697,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',10,'host-task-started',1.79599905609170174599e+09,'20261130-003735-cef807.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1795999056.0917017,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',11,'host-task-finished',1.795999056091709137e+09,'20261130-003735-cef807.000001','p/m/t/b','h1','{"version":5,"seq":11,"kind":"host-task-finished","time":1795999056.0917091,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',12,'run-stats',1.79599905609171843533e+09,'20261130-003735-cef807.000001',NULL,NULL,'{"version":5,"seq":12,"kind":"run-stats","time":1795999056.0917184,"attempt":"20261130-003735-cef807.000001","result":{"failures":{"h2":1},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',13,'attempt-finished',1.79599905609179782864e+09,'20261130-003735-cef807.000001',NULL,NULL,'{"version":5,"seq":13,"kind":"attempt-finished","time":1795999056.0917978,"attempt":"20261130-003735-cef807.000001","status":"finished","result":{"rc":2,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',14,'node-started',1.79599905609205698969e+09,'20261130-003735-cef807.000001','p/m/t/b',NULL,'{"version":5,"seq":14,"kind":"node-started","time":1795999056.092057,"attempt":"20261130-003735-cef807.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',15,'node-skipped',1.7959990560921258926e+09,NULL,'p/m/t/b','h2','{"version":5,"seq":15,"kind":"node-skipped","time":1795999056.092126,"node":"p/m/t/b","host":"h2","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',16,'node-finished',1.79599905609803462032e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1795999056.0980346,"node":"p/m/t/a","status":"failed","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795999056.0916553,"ended":1795999056.0916817},"h2":{"status":"failed","changed":false,"message":"Simulated: simulated: failed","started":1795999056.0916631,"ended":1795999056.0916908}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',17,'node-finished',1.79599905609816646581e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-finished","time":1795999056.0981665,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795999056.0917017,"ended":1795999056.0917091}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',18,'node-skipped',1.79599905609822130207e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":18,"kind":"node-skipped","time":1795999056.0982213,"node":"p/m/t/c","caused_by":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003735-cef807',19,'task-finished',1795999056.09831,NULL,NULL,NULL,'{"version":5,"seq":19,"kind":"task-finished","time":1795999056.09831,"status":"partial"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',1,'task-started',1.79599905616842865944e+09,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"task-started","time":1795999056.1684287,"result":{"task_id":"20261130-003736-e060c8","cluster":"shop","pipeline":"p","nodes":[{"id":"p/m/t/a","hosts":["h1","h2"]},{"id":"p/m/t/b","hosts":["h1","h2"]},{"id":"p/m/t/c","hosts":["h1","h2"]}]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',2,'attempt-started',1.79599905616859269142e+09,'20261130-003736-e060c8.000001',NULL,NULL,'{"version":5,"seq":2,"kind":"attempt-started","time":1795999056.1685927,"attempt":"20261130-003736-e060c8.000001","result":{"nodes":["p/m/t/a","p/m/t/b"],"hosts":["h1","h2"],"directory":"attempts/20261130-003736-e060c8.000001","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":1468,"started":8792746}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',3,'node-started',1.79599905616862773891e+09,'20261130-003736-e060c8.000001','p/m/t/a',NULL,'{"version":5,"seq":3,"kind":"node-started","time":1795999056.1686277,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',4,'play-started',1.79599905617011046409e+09,'20261130-003736-e060c8.000001','p/m/t/a',NULL,'{"version":5,"seq":4,"kind":"play-started","time":1795999056.1701105,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/a"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',5,'host-task-started',1.79599905617013096809e+09,'20261130-003736-e060c8.000001','p/m/t/a','h1','{"version":5,"seq":5,"kind":"host-task-started","time":1795999056.170131,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/a","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',6,'host-task-started',1.79599905617013978959e+09,'20261130-003736-e060c8.000001','p/m/t/a','h2','{"version":5,"seq":6,"kind":"host-task-started","time":1795999056.1701398,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/a","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',7,'host-task-finished',1.79599905617015624041e+09,'20261130-003736-e060c8.000001','p/m/t/a','h1','{"version":5,"seq":7,"kind":"host-task-finished","time":1795999056.1701562,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/a","host":"h1","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',8,'host-task-finished',1.79599905617016410825e+09,'20261130-003736-e060c8.000001','p/m/t/a','h2','{"version":5,"seq":8,"kind":"host-task-finished","time":1795999056.170164,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/a","host":"h2","name":"Simulated","status":"changed"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',9,'play-started',1.79599905617017030715e+09,'20261130-003736-e060c8.000001','p/m/t/b',NULL,'{"version":5,"seq":9,"kind":"play-started","time":1795999056.1701703,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',10,'host-task-started',1.79599905617017483708e+09,'20261130-003736-e060c8.000001','p/m/t/b','h1','{"version":5,"seq":10,"kind":"host-task-started","time":1795999056.1701748,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/b","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',11,'host-task-started',1.79599905617017936709e+09,'20261130-003736-e060c8.000001','p/m/t/b','h2','{"version":5,"seq":11,"kind":"host-task-started","time":1795999056.1701794,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/b","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',12,'host-task-finished',1.79599905617018842703e+09,'20261130-003736-e060c8.000001','p/m/t/b','h1','{"version":5,"seq":12,"kind":"host-task-finished","time":1795999056.1701884,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/b","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',13,'host-task-finished',1.79599905617019343375e+09,'20261130-003736-e060c8.000001','p/m/t/b','h2','{"version":5,"seq":13,"kind":"host-task-finished","time":1795999056.1701934,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/b","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',14,'run-stats',1.79599905617019867899e+09,'20261130-003736-e060c8.000001',NULL,NULL,'{"version":5,"seq":14,"kind":"run-stats","time":1795999056.1701987,"attempt":"20261130-003736-e060c8.000001","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',15,'attempt-finished',1.79599905617025375368e+09,'20261130-003736-e060c8.000001',NULL,NULL,'{"version":5,"seq":15,"kind":"attempt-finished","time":1795999056.1702538,"attempt":"20261130-003736-e060c8.000001","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',16,'node-finished',1.79599905617062497137e+09,NULL,'p/m/t/a',NULL,'{"version":5,"seq":16,"kind":"node-finished","time":1795999056.170625,"node":"p/m/t/a","status":"succeeded","result":{"hosts":{"h1":{"status":"changed","changed":true,"message":null,"started":1795999056.170131,"ended":1795999056.1701562},"h2":{"status":"changed","changed":true,"message":null,"started":1795999056.1701398,"ended":1795999056.170164}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',17,'node-started',1.79599905617065191271e+09,'20261130-003736-e060c8.000001','p/m/t/b',NULL,'{"version":5,"seq":17,"kind":"node-started","time":1795999056.170652,"attempt":"20261130-003736-e060c8.000001","node":"p/m/t/b"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',18,'node-finished',1.79599905617069602013e+09,NULL,'p/m/t/b',NULL,'{"version":5,"seq":18,"kind":"node-finished","time":1795999056.170696,"node":"p/m/t/b","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795999056.1701748,"ended":1795999056.1701884},"h2":{"status":"ok","changed":false,"message":null,"started":1795999056.1701794,"ended":1795999056.1701934}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',19,'attempt-started',1.79599905617078018185e+09,'20261130-003736-e060c8.000002',NULL,NULL,'{"version":5,"seq":19,"kind":"attempt-started","time":1795999056.1707802,"attempt":"20261130-003736-e060c8.000002","result":{"nodes":["p/m/t/c"],"hosts":["h1","h2"],"directory":"attempts/20261130-003736-e060c8.000002","process":{"user":"root","host":"vm","machine":"3d1219c7c4c5404aaa1f6d2a48adfda4","boot":"438ad067-a355-437a-8522-3dd836cf35cd","namespace":"pid:[4026531836]","pid":1468,"started":8792746}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',20,'node-started',1.79599905617079782485e+09,'20261130-003736-e060c8.000002','p/m/t/c',NULL,'{"version":5,"seq":20,"kind":"node-started","time":1795999056.1707978,"attempt":"20261130-003736-e060c8.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',21,'play-started',1.79599905617189550396e+09,'20261130-003736-e060c8.000002','p/m/t/c',NULL,'{"version":5,"seq":21,"kind":"play-started","time":1795999056.1718955,"attempt":"20261130-003736-e060c8.000002","node":"p/m/t/c"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',22,'host-task-started',1.795999056171908617e+09,'20261130-003736-e060c8.000002','p/m/t/c','h1','{"version":5,"seq":22,"kind":"host-task-started","time":1795999056.1719086,"attempt":"20261130-003736-e060c8.000002","node":"p/m/t/c","host":"h1","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',23,'host-task-started',1.7959990561719148159e+09,'20261130-003736-e060c8.000002','p/m/t/c','h2','{"version":5,"seq":23,"kind":"host-task-started","time":1795999056.1719148,"attempt":"20261130-003736-e060c8.000002","node":"p/m/t/c","host":"h2","name":"Simulated"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',24,'host-task-finished',1.79599905617192721367e+09,'20261130-003736-e060c8.000002','p/m/t/c','h1','{"version":5,"seq":24,"kind":"host-task-finished","time":1795999056.1719272,"attempt":"20261130-003736-e060c8.000002","node":"p/m/t/c","host":"h1","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',25,'host-task-finished',1.79599905617193341257e+09,'20261130-003736-e060c8.000002','p/m/t/c','h2','{"version":5,"seq":25,"kind":"host-task-finished","time":1795999056.1719334,"attempt":"20261130-003736-e060c8.000002","node":"p/m/t/c","host":"h2","name":"Simulated","status":"ok"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',26,'run-stats',1.79599905617193865772e+09,'20261130-003736-e060c8.000002',NULL,NULL,'{"version":5,"seq":26,"kind":"run-stats","time":1795999056.1719387,"attempt":"20261130-003736-e060c8.000002","result":{"failures":{},"dark":{}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',27,'attempt-finished',1.79599905617197394373e+09,'20261130-003736-e060c8.000002',NULL,NULL,'{"version":5,"seq":27,"kind":"attempt-finished","time":1795999056.171974,"attempt":"20261130-003736-e060c8.000002","status":"finished","result":{"rc":0,"complete":true,"interrupted_hosts":[],"leftovers":[]}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',28,'node-finished',1.79599905617210721972e+09,NULL,'p/m/t/c',NULL,'{"version":5,"seq":28,"kind":"node-finished","time":1795999056.1721072,"node":"p/m/t/c","status":"succeeded","result":{"hosts":{"h1":{"status":"ok","changed":false,"message":null,"started":1795999056.1719086,"ended":1795999056.1719272},"h2":{"status":"ok","changed":false,"message":null,"started":1795999056.1719148,"ended":1795999056.1719334}}}}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-e060c8',29,'task-finished',1.79599905617216491693e+09,NULL,NULL,NULL,'{"version":5,"seq":29,"kind":"task-finished","time":1795999056.172165,"status":"succeeded"}',NULL,NULL);
INSERT INTO "events" VALUES('20261130-003736-04ebc3',1,'run-message',1.0,NULL,NULL,NULL,'{"version":5,"seq":1,"kind":"run-message","time":1.0}','70a239590a8f592a31e9cb41cbf9e75b44f5dd06d25c800a24fe12be1948f7cb',NULL);
CREATE TABLE facts (
	cluster VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	gathered FLOAT NOT NULL, 
	PRIMARY KEY (cluster, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE host_results (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	changed BOOLEAN NOT NULL, 
	message TEXT, 
	caused_by VARCHAR, 
	started FLOAT, 
	ended FLOAT, 
	PRIMARY KEY (task, node, host), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "host_results" VALUES('20261130-003735-cef807','p/m/t/a','h1','ok',0,NULL,NULL,1.79599905609165525432e+09,1.79599905609168171882e+09);
INSERT INTO "host_results" VALUES('20261130-003735-cef807','p/m/t/a','h2','failed',0,'Simulated: simulated: failed',NULL,1.79599905609166312215e+09,1.79599905609169077872e+09);
INSERT INTO "host_results" VALUES('20261130-003735-cef807','p/m/t/b','h1','ok',0,NULL,NULL,1.79599905609170174599e+09,1.795999056091709137e+09);
INSERT INTO "host_results" VALUES('20261130-003735-cef807','p/m/t/b','h2','not-run',0,NULL,'p/m/t/a',NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-003735-cef807','p/m/t/c','h1','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-003735-cef807','p/m/t/c','h2','not-run',0,NULL,NULL,NULL,NULL);
INSERT INTO "host_results" VALUES('20261130-003736-e060c8','p/m/t/a','h1','changed',1,NULL,NULL,1.79599905617013096809e+09,1.79599905617015624041e+09);
INSERT INTO "host_results" VALUES('20261130-003736-e060c8','p/m/t/a','h2','changed',1,NULL,NULL,1.79599905617013978959e+09,1.79599905617016410825e+09);
INSERT INTO "host_results" VALUES('20261130-003736-e060c8','p/m/t/b','h1','ok',0,NULL,NULL,1.79599905617017483708e+09,1.79599905617018842703e+09);
INSERT INTO "host_results" VALUES('20261130-003736-e060c8','p/m/t/b','h2','ok',0,NULL,NULL,1.79599905617017936709e+09,1.79599905617019343375e+09);
INSERT INTO "host_results" VALUES('20261130-003736-e060c8','p/m/t/c','h1','ok',0,NULL,NULL,1.795999056171908617e+09,1.79599905617192721367e+09);
INSERT INTO "host_results" VALUES('20261130-003736-e060c8','p/m/t/c','h2','ok',0,NULL,NULL,1.7959990561719148159e+09,1.79599905617193341257e+09);
CREATE TABLE leases (
	cluster VARCHAR NOT NULL, 
	epoch INTEGER NOT NULL, 
	task VARCHAR NOT NULL, 
	holder TEXT NOT NULL, 
	acquired FLOAT NOT NULL, 
	heartbeat FLOAT NOT NULL, 
	released FLOAT, 
	PRIMARY KEY (cluster), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
CREATE TABLE nodes (
	task VARCHAR NOT NULL, 
	id VARCHAR NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR NOT NULL, 
	caused_by VARCHAR, 
	message TEXT, 
	started FLOAT, 
	ended FLOAT, 
	attempts INTEGER NOT NULL, 
	PRIMARY KEY (task, id), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
INSERT INTO "nodes" VALUES('20261130-003735-cef807','p/m/t/a',0,'failed',NULL,NULL,1.79599905603941512109e+09,1.79599905609803462032e+09,1);
INSERT INTO "nodes" VALUES('20261130-003735-cef807','p/m/t/b',1,'succeeded',NULL,NULL,1.79599905609205698969e+09,1.79599905609816646581e+09,1);
INSERT INTO "nodes" VALUES('20261130-003735-cef807','p/m/t/c',2,'skipped','p/m/t/a',NULL,NULL,1.79599905609822130207e+09,0);
INSERT INTO "nodes" VALUES('20261130-003736-e060c8','p/m/t/a',0,'succeeded',NULL,NULL,1.79599905616862773891e+09,1.79599905617062497137e+09,1);
INSERT INTO "nodes" VALUES('20261130-003736-e060c8','p/m/t/b',1,'succeeded',NULL,NULL,1.79599905617065191271e+09,1.79599905617069602013e+09,1);
INSERT INTO "nodes" VALUES('20261130-003736-e060c8','p/m/t/c',2,'succeeded',NULL,NULL,1.79599905617079782485e+09,1.79599905617210721972e+09,1);
CREATE TABLE outputs (
	task VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	body TEXT NOT NULL, 
	PRIMARY KEY (task, node, host, name), 
	FOREIGN KEY(task) REFERENCES tasks (id) ON DELETE CASCADE
);
CREATE TABLE plans (
	digest VARCHAR(64) NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	version INTEGER NOT NULL, 
	body TEXT NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (digest), 
	FOREIGN KEY(cluster) REFERENCES clusters (name)
);
INSERT INTO "plans" VALUES('62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','shop','p',7,'{"version":7,"cluster":"shop","pipeline":"p","parameters":{},"hosts":[{"name":"h1","address":"h1","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}},{"name":"h2","address":"h2","internal_address":null,"connection":"local","port":22,"user":null,"bastion":null,"roles":[],"labels":{},"vars":{},"inherited":{},"ssh":{"private_key_file":null,"private_key":null,"password":null,"become_password":null,"known_hosts_file":null,"timeout":10.0,"become":false,"become_user":"root","host_key_checking":"accept-new"}}],"groups":{},"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"graph":{"pipeline":"p","nodes":{"p/m/t/a":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/a","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/b":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/b","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null},"p/m/t/c":{"kind":"command","role":null,"entry":"main","params":{},"vars":{},"vars_files":[],"when":null,"tags":[],"become":null,"become_user":null,"environment":{},"no_log":null,"always":false,"play":null,"outputs":{},"id":"p/m/t/c","hosts":["h1","h2"],"host_pattern":null,"module_vars":[],"repeatable":true,"reads":[],"check_mode":false,"policy":{"serial":null,"throttle":null,"mutex":null,"timeout":null,"retries":0,"backoff":2.0,"on_failure":"ignore","allowed_failures":0,"on_interrupted":null,"on_irreversible":null,"concurrency":16},"component":null,"reversibility":"irreversible","source":null}},"edges":[{"before":"p/m/t/a","after":"p/m/t/b","kind":"host"},{"before":"p/m/t/b","after":"p/m/t/c","kind":"barrier"}],"left_out":{}},"left_out":{},"tags":[],"skip_tags":[],"cut":{},"extra_vars":{},"inventories":[],"environment":[],"unlisted":[],"secrets":{},"facts_ttl":0.0,"layers":[],"digests":{},"node_digests":{},"pair_digests":{},"undoes":null}',1.79599905583455395703e+09);
CREATE TABLE projects (
	id VARCHAR NOT NULL, 
	name VARCHAR NOT NULL, 
	created FLOAT NOT NULL, 
	PRIMARY KEY (id), 
	UNIQUE (name)
);
INSERT INTO "projects" VALUES('default','default',1.79599905547283649441e+09);
CREATE TABLE successes (
	cluster VARCHAR NOT NULL, 
	node VARCHAR NOT NULL, 
	host VARCHAR NOT NULL, 
	digest VARCHAR NOT NULL, 
	task VARCHAR NOT NULL, 
	ended FLOAT NOT NULL, 
	PRIMARY KEY (cluster, node, host), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY(task) REFERENCES tasks (id)
);
CREATE TABLE "tasks" (
	id VARCHAR NOT NULL, 
	cluster VARCHAR NOT NULL, 
	pipeline VARCHAR NOT NULL, 
	command VARCHAR NOT NULL, 
	"plan" VARCHAR(64), 
	directory VARCHAR NOT NULL, 
	status VARCHAR NOT NULL, 
	message TEXT, 
	created FLOAT NOT NULL, 
	started FLOAT, 
	ended FLOAT, 
	document VARCHAR(64), 
	parent VARCHAR, 
	cancel_requested FLOAT, 
	actor TEXT, 
	request TEXT, 
	process TEXT, 
	problem TEXT, 
	asked FLOAT, 
	waiting_for VARCHAR, 
	PRIMARY KEY (id), 
	FOREIGN KEY(cluster) REFERENCES clusters (name), 
	FOREIGN KEY("plan") REFERENCES plans (digest), 
	FOREIGN KEY(parent) REFERENCES tasks (id), 
	FOREIGN KEY(document) REFERENCES documents (digest)
);
INSERT INTO "tasks" VALUES('20261130-003735-cef807','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-003735-cef807','partial',NULL,1.79599905583455395703e+09,1.79599905603921246527e+09,1795999056.09831,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261130-003736-e060c8','shop','p','apply','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-003736-e060c8','succeeded',NULL,1.79599905612551093104e+09,1.79599905616842865944e+09,1.79599905617216491693e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "tasks" VALUES('20261130-003736-04ebc3','shop','p','verify','62eb4ab66360565b108413177ec205e56b9f0af96476bf871891344d59fb462c','tasks/20261130-003736-04ebc3','pending',NULL,1.79599905622716689108e+09,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX ix_attempts_task ON attempts (task);
CREATE INDEX events_by_node ON events (task, node, host);
CREATE INDEX ix_successes_task ON successes (task);
CREATE UNIQUE INDEX events_by_line ON events (attempt, line) WHERE line IS NOT NULL;
CREATE INDEX events_by_blob ON events (blob) WHERE blob IS NOT NULL;
CREATE INDEX ix_tasks_cluster ON tasks (cluster);
CREATE INDEX ix_tasks_created ON tasks (created);
COMMIT;
